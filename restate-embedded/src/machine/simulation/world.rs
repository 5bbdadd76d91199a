use std::{collections::BTreeMap, mem, sync::Arc, time::Duration};

use bytes::Bytes;

use super::{
    attempt::{Attempt, KEYS, Sent, adds},
    invariants::Invariants,
};
use crate::{
    catalog::Catalog,
    id::{IdSource, InvocationId, mix},
    machine::{
        Action, Effects, Input, Invoke, Machine, Origin, Question, Reply, Request, Subject, Waiter,
        Wanted,
        tests::script::{Counter, Worker},
    },
    settings::Settings,
    store::{MemoryStore, Phase, Store},
    target::{Object, Target},
};

/// Rounds within which a world without crashes must come to rest.
const PATIENCE: u32 = 20_000;

/// Everything around a machine: a disk, attempts, clients that ask until they are answered.
pub(super) struct World {
    random: Random,
    disk: MemoryStore,
    store: MemoryStore,
    machine: Machine,
    now: u64,
    /// What follows from steps that are not committed.
    actions: Vec<Action>,
    attempts: BTreeMap<u64, Attempt>,
    requests: Vec<Asked>,
    waiters: u64,
    durable: Invariants,
    invariants: Invariants,
    transcript: Vec<String>,
}

/// A request of a client.
struct Asked {
    target: Target,
    delay: Option<u64>,
    waits: bool,
    /// Under way since the last crash.
    waiter: Option<Waiter>,
    /// What it was answered with.
    id: Option<InvocationId>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random(mix(seed));
        let disk = MemoryStore::default();
        let mut world = Self {
            machine: machine(random.next(), 0),
            random,
            store: disk.reopen(),
            disk,
            now: 1_000_000,
            actions: Vec::new(),
            attempts: BTreeMap::new(),
            requests: Vec::new(),
            waiters: 0,
            durable: Invariants::default(),
            invariants: Invariants::default(),
            transcript: Vec::new(),
        };
        let effects = world.machine.recover(world.now, Vec::new());
        world.take_in(effects).expect("nothing is wrong with an empty store");
        world
    }

    /// Lets one thing happen.
    pub(super) fn happen(&mut self) -> Result<(), String> {
        match self.random.below(100) {
            0..12 => self.ask(),
            12..60 => self.attempt(),
            60..80 => self.commit(),
            80..97 => self.pass(),
            _ => self.crash(),
        }
    }

    /// Lets everything come to its end, without crashes, and looks at what is left.
    pub(super) fn rest(&mut self) -> Result<(), String> {
        for _ in 0..PATIENCE {
            for index in 0..self.requests.len() {
                if self.requests[index].id.is_none() && self.requests[index].waiter.is_none() {
                    self.post(index)?;
                }
            }
            self.attempt()?;
            self.commit()?;
            self.now += 1;
            self.step(Input::Tick)?;
            let answered = self.requests.iter().all(|asked| asked.id.is_some());
            if answered && self.attempts.is_empty() && self.actions.is_empty() && self.is_idle() {
                return self.verify();
            }
        }
        Err(format!("something never ended: {:?}", self.store.unfinished()))
    }

    pub(super) fn transcript(&self) -> String {
        self.transcript.join("\n")
    }

    fn is_idle(&mut self) -> bool {
        let unfinished = self.store.unfinished().expect("memory can be read");
        unfinished.is_empty() && self.store.next_wake().expect("memory can be read").is_none()
    }

    /// Everything acknowledged has its result, and each counter what was added to it.
    fn verify(&mut self) -> Result<(), String> {
        let mut totals = BTreeMap::from(KEYS.map(|key| (key, 0)));
        for asked in &self.requests {
            let Some(id) = asked.id else { continue };
            let stored = self.store.invocation(id).expect("memory can be read");
            if !matches!(stored.map(|stored| stored.phase), Some(Phase::Completed(_))) {
                return Err(format!("{id} was acknowledged and lost"));
            }
            for (key, total) in &mut totals {
                *total += match &*asked.target.service {
                    "Counter" => u64::from(&*asked.target.key == *key),
                    _ => adds(id, key),
                };
            }
        }
        for (key, expected) in totals {
            let total = total(&mut self.store, key);
            if total != expected {
                return Err(format!("counter {key} is {total}, but {expected} was added"));
            }
        }
        Ok(())
    }

    /// A client asks for something new.
    fn ask(&mut self) -> Result<(), String> {
        let target = match self.random.below(3) {
            0 => Target::new("Worker", "run", ""),
            _ => Target::new("Counter", "add", *self.random.pick(&KEYS)),
        };
        let waits = self.random.below(2) == 0;
        let delay = (!waits && self.random.below(2) == 0).then(|| self.random.below(40));
        self.requests.push(Asked { target, delay, waits, waiter: None, id: None });
        self.post(self.requests.len() - 1)
    }

    fn post(&mut self, index: usize) -> Result<(), String> {
        self.waiters += 1;
        let waiter = Waiter(self.waiters);
        let asked = &mut self.requests[index];
        asked.waiter = Some(waiter);
        let origin = if asked.waits { Origin::Call(waiter) } else { Origin::Send(waiter) };
        let request = Request {
            target: asked.target.clone(),
            idempotency_key: Some(index.to_string().into()),
            limit_key: None,
            input: Bytes::from_static(b"input"),
            due: asked.delay.map_or(0, |delay| self.now + delay),
        };
        self.transcript.push(format!("{} request {index} for {}", self.now, request.target));
        self.step(Input::Invoke(Invoke { request, origin }))
    }

    /// Any attempt sends what it has to send, or is lost.
    fn attempt(&mut self) -> Result<(), String> {
        if self.attempts.is_empty() {
            return Ok(());
        }
        let index = self.random.index(self.attempts.len());
        let number = *self.attempts.keys().nth(index).expect("the index is below the length");
        let now = self.now;
        let attempt = self.attempts.get_mut(&number).expect("it is among the keys");
        let id = attempt.id;
        let Some(Sent { chunk, over }) = attempt.send(now) else { return Ok(()) };
        self.transcript.push(format!("{now} attempt {number} of {id} sends, over: {over}"));
        if over {
            self.attempts.remove(&number);
        }
        self.step(Input::Received { id, attempt: number, chunk })?;
        if over { self.step(Input::Ended { id, attempt: number }) } else { Ok(()) }
    }

    fn commit(&mut self) -> Result<(), String> {
        self.store.commit().expect("memory can be written");
        self.durable = self.invariants.clone();
        for action in mem::take(&mut self.actions) {
            match action {
                Action::Start(start) => {
                    let journal = self.store.journal(start.id, start.parts);
                    let journal = journal.expect("memory can be read");
                    let total = total(&mut self.store, &start.target.key);
                    let attempt = Attempt::new(start.id, start.target, total, &journal);
                    self.alone(&attempt)?;
                    self.attempts.insert(start.attempt, attempt);
                }
                Action::Deliver { attempt, bytes } => {
                    if let Some(attempt) = self.attempts.get_mut(&attempt) {
                        attempt.receive(&bytes);
                    }
                }
                Action::CloseInput { attempt } => {
                    if let Some(attempt) = self.attempts.get_mut(&attempt) {
                        attempt.close();
                    }
                }
                Action::Stop { attempt } => drop(self.attempts.remove(&attempt)),
                Action::Reply { to, reply } => self.answered(to, &reply)?,
                Action::Report { .. } => {}
            }
        }
        Ok(())
    }

    /// No other handler has the key of this one.
    fn alone(&self, attempt: &Attempt) -> Result<(), String> {
        let rival = self.attempts.values().find(|other| {
            attempt.target.service == "Counter"
                && other.target == attempt.target
                && other.id != attempt.id
        });
        match rival {
            Some(rival) => Err(format!("{} and {} have the same key", rival.id, attempt.id)),
            None => Ok(()),
        }
    }

    fn answered(&mut self, to: Waiter, reply: &Reply) -> Result<(), String> {
        let (Reply::Accepted { id, .. } | Reply::Result { id, .. }) = reply else {
            return Err(format!("a request was answered with {reply:?}"));
        };
        if let Some(asked) = self.requests.iter_mut().find(|asked| asked.waiter == Some(to)) {
            asked.id = Some(*id);
        }
        Ok(())
    }

    /// Time passes, mostly forwards.
    fn pass(&mut self) -> Result<(), String> {
        match self.random.below(20) {
            0 => self.now -= self.random.below(100),
            1 => self.now += self.random.below(120_000),
            _ => self.now += self.random.below(20),
        }
        self.transcript.push(format!("{} tick", self.now));
        self.step(Input::Tick)
    }

    /// What is not committed is gone, and all attempts; clients ask again.
    fn crash(&mut self) -> Result<(), String> {
        self.transcript.push(format!("{} crash", self.now));
        self.actions.clear();
        self.attempts.clear();
        self.requests.iter_mut().for_each(|asked| asked.waiter = None);
        self.store = self.disk.reopen();
        self.invariants = self.durable.clone();
        let last = self.store.last_order().expect("memory can be read");
        self.machine = machine(self.random.next(), last);
        let unfinished = self.store.unfinished().expect("memory can be read");
        let effects = self.machine.recover(self.now, unfinished);
        self.take_in(effects)?;
        for index in 0..self.requests.len() {
            if self.requests[index].id.is_none() {
                self.post(index)?;
            }
        }
        Ok(())
    }

    fn step(&mut self, input: Input) -> Result<(), String> {
        let effects = self.machine.step(self.now, input);
        self.take_in(effects)
    }

    fn take_in(&mut self, effects: Effects) -> Result<(), String> {
        let Effects { writes, questions, actions } = effects;
        self.invariants.check(self.now, &writes)?;
        for write in writes {
            self.store.apply(write).expect("memory can be written");
        }
        self.actions.extend(actions);
        for question in questions {
            let answer = self.answer(question);
            self.step(answer)?;
        }
        Ok(())
    }

    fn answer(&mut self, question: Question) -> Input {
        let read = "memory can be read";
        match question {
            Question::Timers { from, until } => {
                Input::Timers(self.store.timers(from, until).expect(read))
            }
            Question::Promise(query) => {
                let found = self.store.promise(&query.promise).expect(read);
                Input::Promise { query: *query, found }
            }
            Question::State(query) => {
                debug_assert_eq!(query.wanted, Wanted::Names, "counters read eager state");
                Input::State { query: *query, found: Vec::new() }
            }
            Question::Find(query) => {
                let id = match &query.subject {
                    Subject::Id(id) => Some(*id),
                    Subject::Idempotent(target, key) => {
                        self.store.by_idempotency_key(target, key).expect(read)
                    }
                    Subject::Workflow(_) => None,
                };
                let found = id.and_then(|id| self.store.invocation(id).expect(read));
                Input::Found { query: *query, found: found.map(Box::new) }
            }
        }
    }
}

fn machine(seed: u64, last: u64) -> Machine {
    let catalog = Catalog::new(vec![Arc::new(Worker), Arc::new(Counter)]);
    let catalog = catalog.expect("the names differ");
    let inactivity_timeout = Duration::from_millis(10);
    let retention = Duration::from_secs(365 * 24 * 60 * 60);
    let settings = Settings { inactivity_timeout, retention, ..Settings::default() };
    Machine::new(catalog, settings, IdSource::new(last, seed))
}

fn total(store: &mut MemoryStore, key: &str) -> u64 {
    let value = store.value(&Object::new("Counter", key), b"total").expect("memory can be read");
    value.map_or(0, |value| {
        let text = std::str::from_utf8(&value).expect("a counter writes digits");
        text.parse().expect("a counter writes digits")
    })
}

/// Random numbers that a seed decides.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("an index fits")
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.index(of.len())]
    }
}
