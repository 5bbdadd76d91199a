//! Invocations that are held back, because as many run as their limits allow.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    rules::{self, RuleChange},
    waiting_line::WaitingLine,
};
use crate::{
    model::{
        id::InvocationId,
        rules::{LimitPath, Rule, Rules},
    },
    store::Write,
};

/// How many invocations run in each path, and which ones wait.
///
/// Invariants: `running` counts the invocations whose [`Slot`] is taken, in each path around their
/// own; each line has members, and waits in `waiting` under its `waits_for`, by the age of its
/// first.
#[derive(Debug, Default)]
pub(super) struct Limits {
    rules: Rules,
    running: HashMap<LimitPath, u32>,
    /// Those held back with the same scope and limit key, in order.
    lines: HashMap<LimitPath, Line>,
    /// The lines that wait for each path to have room.
    waiting: HashMap<LimitPath, BTreeSet<(u64, LimitPath)>>,
    /// Attempts that count in each path and may only wait, by their numbers.
    idle: HashMap<LimitPath, BTreeMap<u64, InvocationId>>,
    /// Grows with each invocation that is held back, so that lines can be compared by age.
    age: u64,
}

#[derive(Debug)]
struct Line {
    /// Their tickets are their ages.
    members: WaitingLine,
    /// The narrowest path that was full when this was last checked.
    waits_for: LimitPath,
}

/// Whether an invocation counts as running, or is held back.
#[derive(Debug, Default)]
pub(super) struct Slot {
    taken: bool,
    /// Its ticket in the line of those that are held back.
    ticket: Option<u64>,
    /// Its attempt that is among those that may only wait.
    idle: Option<u64>,
}

impl Slot {
    pub(super) fn is_taken(&self) -> bool {
        self.taken
    }

    /// [`Limits`] has counted the invocation, and returned it as one that runs now.
    pub(super) fn take(&mut self) {
        debug_assert!(!self.taken, "an invocation counts as running once");
        self.taken = true;
        self.ticket = None;
    }
}

impl Limits {
    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Takes over stored rules, while nothing runs.
    pub(super) fn load(&mut self, rules: Vec<Rule>) {
        debug_assert!(self.running.is_empty() && self.lines.is_empty(), "nothing runs yet");
        rules.into_iter().for_each(|rule| self.rules.set(rule));
    }

    /// Counts an invocation as running in `path`, and returns true. Without room for it, adds it to
    /// those held back.
    pub(super) fn enter(&mut self, path: &LimitPath, id: InvocationId, slot: &mut Slot) -> bool {
        if let Some(line) = self.lines.get_mut(path) {
            line.members.push(self.age, id);
        } else if let Some(waits_for) = full(&self.rules, &self.running, path) {
            let mut members = WaitingLine::default();
            members.push(self.age, id);
            let line = Line { members, waits_for: waits_for.clone() };
            self.lines.insert(path.clone(), line);
            self.waiting.entry(waits_for).or_default().insert((self.age, path.clone()));
        } else {
            self.count(path);
            slot.take();
            return true;
        }
        slot.ticket = Some(self.age);
        self.age += 1;
        false
    }

    /// The attempt of an invocation only waits. True if others are held back by what it counts in; otherwise
    /// it is known to be idle.
    pub(super) fn is_idle(
        &mut self,
        path: &LimitPath,
        attempt: u64,
        id: InvocationId,
        slot: &mut Slot,
    ) -> bool {
        self.forget_idle(path, slot);
        let is_awaited =
            |path: &LimitPath| self.waiting.get(path).is_some_and(|lines| !lines.is_empty());
        if path.around().any(|path| is_awaited(&path)) {
            return true;
        }
        slot.idle = Some(attempt);
        for path in path.around() {
            self.idle.entry(path).or_default().insert(attempt, id);
        }
        false
    }

    /// The oldest attempt that was idle, and whose end lets an invocation run in `path`, which is held back;
    /// it may have become active since.
    pub(super) fn pop_idle(&mut self, path: &LimitPath) -> Option<(u64, InvocationId)> {
        let full = full(&self.rules, &self.running, path)?;
        self.idle.get_mut(&full)?.pop_first()
    }

    fn forget_idle(&mut self, path: &LimitPath, slot: &mut Slot) {
        let Some(attempt) = slot.idle.take() else { return };
        for path in path.around() {
            if let Some(idle) = self.idle.get_mut(&path) {
                idle.remove(&attempt);
                if idle.is_empty() {
                    self.idle.remove(&path);
                }
            }
        }
    }

    /// An invocation does not run in `path` any more, if it did. Returns those that run now
    /// instead.
    pub(super) fn leave(&mut self, path: &LimitPath, slot: &mut Slot) -> Vec<InvocationId> {
        if !std::mem::take(&mut slot.taken) {
            return Vec::new();
        }
        self.forget_idle(path, slot);
        for path in path.around() {
            let Some(running) = self.running.get_mut(&path) else {
                debug_assert!(false, "what runs in {path} is counted there");
                continue;
            };
            *running -= 1;
            if *running == 0 {
                self.running.remove(&path);
            }
        }
        let mut started = Vec::new();
        for path in path.around() {
            while has_room(&self.rules, &self.running, &path)
                && let Some((_, line)) =
                    self.waiting.get_mut(&path).and_then(|lines| lines.pop_first())
            {
                self.settle(line, &mut started);
            }
            if self.waiting.get(&path).is_some_and(BTreeSet::is_empty) {
                self.waiting.remove(&path);
            }
        }
        started
    }

    /// An invocation that does not run has ended. Returns those that run now because it does not
    /// wait any more: the next in line may be allowed to, as the rules may have changed.
    pub(super) fn forget(&mut self, path: &LimitPath, slot: &mut Slot) -> Vec<InvocationId> {
        let mut started = Vec::new();
        // Not every invocation that ends without a slot was held back: it may have been suspended.
        let Some(ticket) = slot.ticket.take() else { return started };
        let Some(line) = self.lines.get_mut(path) else {
            debug_assert!(false, "who is held back in {path} is in line");
            return started;
        };
        let first = line.members.first();
        line.members.remove(ticket);
        if let Some((age, _)) = first
            && age == ticket
        {
            if let Some(lines) = self.waiting.get_mut(&line.waits_for) {
                lines.remove(&(age, path.clone()));
            }
            self.settle(path.clone(), &mut started);
        }
        started
    }

    /// Changes the rules: all changes are made or, if one of them is refused, none. Returns what
    /// has to be stored, and the invocations that run now.
    pub(super) fn change(
        &mut self,
        changes: Vec<RuleChange>,
    ) -> Result<(Vec<Write>, Vec<InvocationId>), String> {
        let mut changed = self.rules.clone();
        let mut writes = Vec::new();
        for change in changes {
            writes.extend(rules::apply(&mut changed, change)?);
        }
        self.rules = changed;
        Ok((writes, self.reconsider()))
    }

    /// Checks all lines, the oldest first, as the rules have changed.
    fn reconsider(&mut self) -> Vec<InvocationId> {
        let mut started = Vec::new();
        self.waiting.clear();
        let first =
            |(path, line): (&LimitPath, &Line)| Some((line.members.first()?.0, path.clone()));
        let mut lines: BTreeSet<_> = self.lines.iter().filter_map(first).collect();
        while let Some((age, path)) = lines.pop_first() {
            let Some(line) = self.lines.get_mut(&path) else { continue };
            if let Some(waits_for) = full(&self.rules, &self.running, &path) {
                line.waits_for = waits_for.clone();
                self.waiting.entry(waits_for).or_default().insert((age, path));
            } else {
                // One of this line, then one of the line that is oldest then.
                started.extend(line.members.pop_first());
                let next = line.members.first().map(|(age, _)| age);
                self.count(&path);
                match next {
                    Some(age) => drop(lines.insert((age, path))),
                    None => drop(self.lines.remove(&path)),
                }
            }
        }
        started
    }

    /// Starts as many of a line as there is room for, and lets the others wait.
    fn settle(&mut self, path: LimitPath, started: &mut Vec<InvocationId>) {
        loop {
            let waits_for = full(&self.rules, &self.running, &path);
            let Some(line) = self.lines.get_mut(&path) else {
                debug_assert!(false, "{path} waits without a line");
                return;
            };
            match (line.members.first(), waits_for) {
                (None, _) => {
                    self.lines.remove(&path);
                    return;
                }
                (Some((age, _)), Some(waits_for)) => {
                    line.waits_for = waits_for.clone();
                    self.waiting.entry(waits_for).or_default().insert((age, path));
                    return;
                }
                (Some((_, id)), None) => {
                    line.members.pop_first();
                    started.push(id);
                    self.count(&path);
                }
            }
        }
    }

    fn count(&mut self, path: &LimitPath) {
        for path in path.around() {
            *self.running.entry(path).or_default() += 1;
        }
    }

    /// Checks what must hold, given where each invocation runs and which ones are held back.
    #[cfg(test)]
    pub(super) fn check(
        &self,
        counted: impl Iterator<Item = LimitPath>,
        mut held_back: Vec<InvocationId>,
    ) {
        let mut running = HashMap::<LimitPath, u32>::new();
        for path in counted.flat_map(|path| path.around()) {
            *running.entry(path).or_default() += 1;
        }
        assert_eq!(running, self.running, "what runs is counted");
        let mut members: Vec<_> =
            self.lines.values().flat_map(|line| line.members.iter()).collect();
        members.sort_unstable();
        held_back.sort_unstable();
        assert_eq!(members, held_back, "those held back, and no others, are in line once");
        let waiting: BTreeSet<_> = self
            .waiting
            .iter()
            .flat_map(|(waits_for, lines)| lines.iter().map(move |line| (waits_for, line.clone())))
            .collect();
        let lines: BTreeSet<_> = self
            .lines
            .iter()
            .map(|(path, line)| {
                let (age, _) = line.members.first().expect("a line has members");
                (&line.waits_for, (age, path.clone()))
            })
            .collect();
        assert_eq!(waiting, lines, "each line waits once, by the age of its first");
        for (path, line) in &self.lines {
            let is_full = !has_room(&self.rules, &self.running, &line.waits_for);
            assert!(is_full, "{path} waits for {}, which has room", line.waits_for);
        }
    }
}

/// The narrowest path around `path` that has no room.
fn full(rules: &Rules, running: &HashMap<LimitPath, u32>, path: &LimitPath) -> Option<LimitPath> {
    path.around().find(|path| !has_room(rules, running, path))
}

fn has_room(rules: &Rules, running: &HashMap<LimitPath, u32>, path: &LimitPath) -> bool {
    let limit = rules.limit(path);
    limit.is_none_or(|limit| running.get(path).copied().unwrap_or(0) < limit.get())
}
