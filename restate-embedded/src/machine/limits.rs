//! Invocations that are held back, because as many as may run under their limits.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::{
    Machine, Waiter,
    effects::Reply,
    invocation::{Invocation, Status},
};
use crate::{
    id::InvocationId,
    limits::{MOST_RULES, Pattern, Place, Rule, Rules},
    store::Write,
};

/// A change of the rules by people.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RuleChange {
    /// Add a rule, or replace the one with its pattern.
    Set(Rule, Precondition),
    /// Remove a rule, if it is there.
    Remove(Pattern, Precondition),
}

/// What must be true of a rule for it to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precondition {
    /// Nothing.
    None,
    /// There is none with this pattern.
    Missing,
    /// It has this version.
    Version(u32),
}

/// How many run in each place, and who waits.
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub(super) rules: Rules,
    running: HashMap<Place, u32>,
    /// Those held back of the same scope and limit key, in order.
    lines: HashMap<Place, Line>,
    /// The lines that wait for each place to have room, by the age of their first.
    waiting: HashMap<Place, BTreeSet<(u64, Place)>>,
    age: u64,
}

#[derive(Debug)]
struct Line {
    members: VecDeque<(u64, InvocationId)>,
    /// The narrowest place that was full when this was last looked at.
    waits_for: Place,
}

impl Limits {
    /// Counts an invocation as running in `place`; or lines it up, and says so.
    fn enter(&mut self, place: &Place, id: InvocationId) -> bool {
        let member = (self.age, id);
        if let Some(line) = self.lines.get_mut(place) {
            line.members.push_back(member);
        } else if let Some(waits_for) = self.full(place) {
            let line = Line { members: [member].into(), waits_for: waits_for.clone() };
            self.lines.insert(place.clone(), line);
            self.waiting.entry(waits_for).or_default().insert((self.age, place.clone()));
        } else {
            self.count(place);
            return true;
        }
        self.age += 1;
        false
    }

    /// An invocation does not run in `place` any more: who runs now instead.
    fn leave(&mut self, place: &Place) -> Vec<InvocationId> {
        let mut started = Vec::new();
        for place in place.around() {
            if let Some(running) = self.running.get_mut(&place) {
                *running -= 1;
                if *running == 0 {
                    self.running.remove(&place);
                }
            }
        }
        for place in place.around() {
            while self.has_room(&place)
                && let Some((_, line)) =
                    self.waiting.get_mut(&place).and_then(|lines| lines.pop_first())
            {
                self.settle(line, &mut started);
            }
            if self.waiting.get(&place).is_some_and(BTreeSet::is_empty) {
                self.waiting.remove(&place);
            }
        }
        started
    }

    /// An invocation does not wait any more: who runs now instead.
    fn forget(&mut self, place: &Place, id: InvocationId) -> Vec<InvocationId> {
        let mut started = Vec::new();
        let Some(line) = self.lines.get_mut(place) else { return started };
        let first = line.members.front().copied();
        line.members.retain(|(_, member)| *member != id);
        if let Some((age, first)) = first
            && first == id
        {
            if let Some(lines) = self.waiting.get_mut(&line.waits_for) {
                lines.remove(&(age, place.clone()));
            }
            self.settle(place.clone(), &mut started);
        }
        started
    }

    /// The rules have changed: who runs now.
    fn reconsider(&mut self) -> Vec<InvocationId> {
        let mut started = Vec::new();
        self.waiting.clear();
        let first = |(place, line): (&Place, &Line)| Some((line.members.front()?.0, place.clone()));
        let mut lines: BTreeSet<_> = self.lines.iter().filter_map(first).collect();
        while let Some((age, place)) = lines.pop_first() {
            let Some(line) = self.lines.get_mut(&place) else { continue };
            if let Some(waits_for) = full(&self.rules, &self.running, &place) {
                line.waits_for = waits_for.clone();
                self.waiting.entry(waits_for).or_default().insert((age, place));
            } else {
                started.extend(line.members.pop_front().map(|(_, id)| id));
                let next = line.members.front().map(|(age, _)| *age);
                self.count(&place);
                match next {
                    Some(age) => drop(lines.insert((age, place))),
                    None => drop(self.lines.remove(&place)),
                }
            }
        }
        started
    }

    /// Starts from a line as many as there is room for, and lets the others wait.
    fn settle(&mut self, place: Place, started: &mut Vec<InvocationId>) {
        loop {
            let waits_for = self.full(&place);
            let Some(line) = self.lines.get_mut(&place) else { return };
            match (line.members.front().copied(), waits_for) {
                (None, _) => {
                    self.lines.remove(&place);
                    return;
                }
                (Some((age, _)), Some(waits_for)) => {
                    line.waits_for = waits_for.clone();
                    self.waiting.entry(waits_for).or_default().insert((age, place));
                    return;
                }
                (Some((_, id)), None) => {
                    line.members.pop_front();
                    started.push(id);
                    self.count(&place);
                }
            }
        }
    }

    fn count(&mut self, place: &Place) {
        for place in place.around() {
            *self.running.entry(place).or_default() += 1;
        }
    }

    fn full(&self, place: &Place) -> Option<Place> {
        full(&self.rules, &self.running, place)
    }

    fn has_room(&self, place: &Place) -> bool {
        has_room(&self.rules, &self.running, place)
    }
}

/// The narrowest place around `place` that has no room.
fn full(rules: &Rules, running: &HashMap<Place, u32>, place: &Place) -> Option<Place> {
    place.around().find(|place| !has_room(rules, running, place))
}

fn has_room(rules: &Rules, running: &HashMap<Place, u32>, place: &Place) -> bool {
    let limit = rules.limit(place);
    limit.is_none_or(|limit| running.get(place).copied().unwrap_or(0) < limit.get())
}

impl Machine {
    /// The rules, for people.
    pub(crate) fn rules(&self) -> &Rules {
        &self.limits.rules
    }

    /// Takes over the rules that an earlier process has kept.
    pub(crate) fn load_rules(&mut self, rules: Vec<Rule>) {
        rules.into_iter().for_each(|rule| self.limits.rules.set(rule));
    }

    /// Whether the limits let an invocation run. If not, it waits for that, in line.
    pub(super) fn may_run(&mut self, id: InvocationId) -> bool {
        let Some(invocation) = self.invocations.get_mut(&id) else { return false };
        let Some(place) = invocation.place().filter(|_| !invocation.counted) else { return true };
        invocation.counted = self.limits.enter(&place, id);
        if !invocation.counted {
            // Those that wait do so on disk.
            invocation.input = None;
            invocation.status = Status::HeldBack;
        }
        invocation.counted
    }

    /// An invocation does not run any more: others may.
    pub(super) fn make_room(&mut self, id: InvocationId) {
        let Some(invocation) = self.invocations.get_mut(&id) else { return };
        if std::mem::take(&mut invocation.counted)
            && let Some(place) = invocation.place()
        {
            let next = self.limits.leave(&place);
            self.run(next);
        }
    }

    /// An invocation is over, whether it ran or waited.
    pub(super) fn leave_limits(&mut self, invocation: &Invocation) {
        let Some(place) = invocation.place() else { return };
        let next = if invocation.counted {
            self.limits.leave(&place)
        } else {
            self.limits.forget(&place, invocation.id)
        };
        self.run(next);
    }

    /// Changes rules, all of them or, if a precondition is not met, none.
    pub(super) fn change_rules(&mut self, changes: Vec<RuleChange>, waiter: Waiter) {
        let mut rules = self.limits.rules.clone();
        let mut writes = Vec::new();
        for change in changes {
            match apply(&mut rules, change) {
                Ok(write) => writes.extend(write),
                Err(reason) => return self.reply(waiter, Reply::Refused(reason)),
            }
        }
        self.limits.rules = rules;
        self.effects.writes.extend(writes);
        let next = self.limits.reconsider();
        self.run(next);
        self.reply(waiter, Reply::Done);
    }

    fn run(&mut self, next: Vec<InvocationId>) {
        for id in next {
            if let Some(invocation) = self.invocations.get_mut(&id) {
                invocation.counted = true;
                self.attempt(id);
            }
        }
    }
}

fn apply(rules: &mut Rules, change: RuleChange) -> Result<Option<Write>, String> {
    let (pattern, precondition) = match &change {
        RuleChange::Set(rule, precondition) => (&rule.pattern, *precondition),
        RuleChange::Remove(pattern, precondition) => (pattern, *precondition),
    };
    let found = rules.rule(pattern);
    match (precondition, found.map(|rule| rule.version)) {
        (Precondition::Missing, Some(version)) => {
            return Err(format!("there is a rule `{pattern}` already, of version {version}"));
        }
        (Precondition::Version(wanted), Some(version)) if wanted != version => {
            let message = format!("rule `{pattern}` has version {version}, not {wanted}");
            return Err(format!("{message}: somebody else has changed it, look at it again"));
        }
        (Precondition::Version(wanted), None) => {
            return Err(format!("there is no rule `{pattern}`, nor its version {wanted}"));
        }
        _ => {}
    }
    Ok(match change {
        RuleChange::Remove(pattern, _) => {
            let removed = found.is_some();
            rules.remove(&pattern);
            removed.then_some(Write::RemoveRule { pattern })
        }
        RuleChange::Set(rule, _) => {
            let version = match found {
                None if rules.len() >= MOST_RULES => {
                    return Err(format!("there are {MOST_RULES} rules already; remove some"));
                }
                None => 1,
                Some(found)
                    if found.concurrency == rule.concurrency && found.disabled == rule.disabled =>
                {
                    found.version
                }
                Some(found) => found.version + 1,
            };
            let rule = Rule { version, ..rule };
            rules.set(rule.clone());
            Some(Write::SetRule(Box::new(rule)))
        }
    })
}
