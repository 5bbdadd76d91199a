mod clients;

use std::{
    collections::{BTreeMap, HashMap},
    mem,
    sync::Arc,
    time::Duration,
};

use restate_core::{contract::HandlerKind, wire::protocol::OutputResult};

use self::clients::{Asked, Purpose};
use super::{
    attempt::{Attempt, KEYS},
    flaw::{Flaw, FlawedStore},
    invariants::Invariants,
    random::Random,
};
use crate::{
    machine::{
        Action, Control, Effects, Input, Machine, Waiter,
        tests::script::{Counter, Signup, Worker},
    },
    model::{
        catalog::Catalog,
        id::{IdSource, InvocationId},
        rules::Rule,
        settings::Settings,
        target::{Object, Target},
    },
    store::{Phase, Reads as _, Store as _, StoreError},
};

/// Rounds within which everything must have ended, once nothing is disturbed; far more than the
/// slowest seed takes.
const PATIENCE: u32 = 40_000;

/// The scope in which some workers are called, and how many of them may run concurrently.
const SCOPE: &str = "crowded";
const MOST_AT_A_TIME: u32 = 2;

/// When a process crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crash {
    /// Before the commit with this number, from 0.
    Before(u32),
    /// After it, and before its actions.
    After(u32),
}

/// Everything around a machine: a store, attempts, and clients that repeat requests until they are
/// answered.
pub(super) struct World {
    random: Random,
    store: FlawedStore,
    machine: Machine,
    settings: Settings,
    now: u64,
    /// Actions of steps that are not committed.
    actions: Vec<Action>,
    attempts: BTreeMap<u64, Attempt>,
    requests: Vec<Asked>,
    waiters: HashMap<Waiter, Purpose>,
    last_waiter: u64,
    /// Results that clients were told.
    told: HashMap<InvocationId, OutputResult>,
    durable: Invariants,
    invariants: Invariants,
    commits: u32,
    crash: Option<Crash>,
    at_rest: bool,
    transcript: Vec<String>,
}

impl World {
    pub(super) fn new(seed: u64, crash: Option<Crash>, flaw: Option<Flaw>) -> Self {
        let mut random = Random::new(seed);
        let settings = settings(&mut random);
        let retention = crate::machine::millis(settings.retention);
        let invariants = Invariants::new(retention);
        let mut world = Self {
            machine: machine(&settings, random.next(), 0, flaw),
            store: FlawedStore::new(flaw, random.next()),
            settings,
            random,
            now: 1_000_000,
            actions: Vec::new(),
            attempts: BTreeMap::new(),
            requests: Vec::new(),
            waiters: HashMap::new(),
            last_waiter: 0,
            told: HashMap::new(),
            durable: invariants.clone(),
            invariants,
            commits: 0,
            crash,
            at_rest: false,
            transcript: Vec::new(),
        };
        let effects = world.machine.recover(world.now, Vec::new(), &mut world.store);
        world.take_in(effects).expect("nothing is wrong with an empty store");
        world
    }

    /// Plays one random event.
    pub(super) fn happen(&mut self) -> Result<(), String> {
        match self.random.below(200) {
            0..20 => self.ask(),
            20..24 => self.ask_again(),
            24..110 => self.attempt(),
            110..150 => self.commit(),
            150..180 => self.pass(),
            180..188 => self.look(),
            188..192 => self.signal(),
            192..194 => self.control(),
            194..196 => self.promise(),
            _ => self.crash(),
        }
    }

    /// Lets everything end, without crashes, and checks what is left.
    pub(super) fn rest(&mut self) -> Result<(), String> {
        self.at_rest = true;
        for round in 0..PATIENCE {
            for index in 0..self.requests.len() {
                if self.requests[index].id.is_none() && self.requests[index].waiters.is_empty() {
                    self.post(index)?;
                }
            }
            if round % 40 == 0 {
                self.help()?;
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
        Err(format!("something never ended: {:?}", self.store.memory.unfinished()))
    }

    /// The number of commits so far.
    pub(super) fn commits(&self) -> u32 {
        self.commits
    }

    pub(super) fn transcript(&self) -> String {
        self.transcript.join("\n")
    }

    fn is_idle(&mut self) -> bool {
        let unfinished = self.store.memory.unfinished().expect("memory can be read");
        unfinished.is_empty()
            && self.store.memory.next_wake().expect("memory can be read").is_none()
    }

    /// Resumes and signals everything that waits for somebody outside.
    fn help(&mut self) -> Result<(), String> {
        for stored in self.store.memory.unfinished().expect("memory can be read") {
            if stored.phase == Phase::Paused {
                self.ask_to(stored.id, Control::Resume)?;
            }
            match (&*stored.target.service, &*stored.target.handler) {
                ("Worker", _) => self.signal_to(stored.id)?,
                ("Signup", "run") => {
                    let workflow = stored.target.object();
                    if self.random.once_in(2) {
                        self.complete_promise(workflow)?;
                    } else {
                        let confirm = Target::new("Signup", "confirm", workflow.key);
                        self.request(confirm, None, false)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Everything acknowledged has its result, and each counter the total of what was added.
    fn verify(&mut self) -> Result<(), String> {
        for asked in &self.requests {
            let Some(id) = asked.id else { continue };
            let stored = self.store.invocation(id).expect("memory can be read");
            let over = stored.is_some_and(|it| matches!(it.phase, Phase::Completed(_)));
            if !over && !self.invariants.is_gone(id) {
                return Err(format!("{id} was acknowledged and lost"));
            }
        }
        for key in KEYS {
            let object = Object::new("Counter", key);
            let expected = self.invariants.added.values().filter(|it| **it == object).count();
            let total = total(&mut self.store, &object);
            if total != expected as u64 {
                return Err(format!("counter {key} is {total}, but {expected} have added to it"));
            }
        }
        Ok(())
    }

    /// A random attempt sends what it has to send, in pieces; or it fails or is lost.
    fn attempt(&mut self) -> Result<(), String> {
        if self.attempts.is_empty() {
            return Ok(());
        }
        let index = self.random.index(self.attempts.len());
        let number = *self.attempts.keys().nth(index).expect("the index is below the length");
        let misfortune = if self.at_rest { 99 } else { self.random.below(100) };
        let now = self.now;
        let attempt = self.attempts.get_mut(&number).expect("it is among the keys");
        let id = attempt.id;
        match misfortune {
            0 => {
                self.transcript.push(format!("{now} attempt {number} of {id} is lost"));
                self.attempts.remove(&number);
                return self.step(Input::Ended { id, attempt: number });
            }
            1 if attempt.on_the_way.is_empty() && !attempt.over => attempt.fail(),
            _ => attempt.work(now),
        }
        let length = attempt.on_the_way.len();
        if length == 0 {
            return Ok(());
        }
        let piece = if self.random.once_in(4) { 1 + self.random.index(length) } else { length };
        let chunk = attempt.on_the_way.split_to(piece).freeze();
        let over = attempt.over && attempt.on_the_way.is_empty();
        let line = format!("{now} attempt {number} of {id} sends {piece} bytes, over: {over}");
        self.transcript.push(line);
        if over {
            self.attempts.remove(&number);
        }
        self.step(Input::Received { id, attempt: number, chunk, response: None })?;
        if over { self.step(Input::Ended { id, attempt: number }) } else { Ok(()) }
    }

    fn commit(&mut self) -> Result<(), String> {
        let commit = self.commits;
        self.commits += 1;
        if self.crash == Some(Crash::Before(commit)) {
            return self.crash();
        }
        self.store.commit().expect("memory can be written");
        self.durable = self.invariants.clone();
        if self.crash == Some(Crash::After(commit)) {
            return self.crash();
        }
        let actions = mem::take(&mut self.actions);
        // The process may die while it carries them out.
        let dies = !self.at_rest && self.random.once_in(50);
        let survives = if dies { self.random.index(actions.len() + 1) } else { actions.len() };
        for action in actions.into_iter().take(survives) {
            self.act(action)?;
        }
        if dies { self.crash() } else { Ok(()) }
    }

    fn act(&mut self, action: Action) -> Result<(), String> {
        match action {
            Action::Start(start) => {
                let journal = self.store.memory.journal(start.id, start.parts);
                let journal = journal.expect("memory can be read");
                let total = total(&mut self.store, &start.target.object());
                let attempt = Attempt::new(start.id, start.target, total, &journal);
                self.may_start(&attempt)?;
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
            Action::Reply { to, reply } => self.answered(to, reply)?,
            Action::Report { .. } => {}
        }
        Ok(())
    }

    /// No other attempt is of the same invocation, no other handler has the key of this one, and
    /// there is room in its scope.
    fn may_start(&self, attempt: &Attempt) -> Result<(), String> {
        if self.attempts.values().any(|other| other.id == attempt.id) {
            return Err(format!("{} runs twice at a time", attempt.id));
        }
        let exclusive = catalog().kind(&attempt.target) == Some(HandlerKind::Exclusive);
        let rival = self.attempts.values().find(|other| other.target == attempt.target);
        if let Some(rival) = rival.filter(|_| exclusive) {
            return Err(format!("{} and {} have the same key", rival.id, attempt.id));
        }
        if attempt.target.scope.is_some() {
            let others = self.attempts.values().filter(|it| it.target.scope.is_some()).count();
            if others >= MOST_AT_A_TIME as usize {
                return Err(format!("{} is one too many in its scope", attempt.id));
            }
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

    /// The process dies with its attempts and what is not committed; clients repeat their requests.
    fn crash(&mut self) -> Result<(), String> {
        self.transcript.push(format!("{} crash", self.now));
        self.actions.clear();
        self.attempts.clear();
        self.waiters.clear();
        self.requests.iter_mut().for_each(|asked| asked.waiters.clear());
        self.store.reopen();
        self.invariants = self.durable.clone();
        let last = self.store.memory.last_order().expect("memory can be read");
        self.machine = machine(&self.settings, self.random.next(), last, self.store.flaw());
        let unfinished = self.store.memory.unfinished().expect("memory can be read");
        let effects = self.machine.recover(self.now, unfinished, &mut self.store);
        self.take_in(effects)?;
        for index in 0..self.requests.len() {
            if self.requests[index].id.is_none() {
                self.post(index)?;
            }
        }
        Ok(())
    }

    fn step(&mut self, input: Input) -> Result<(), String> {
        let effects = self.machine.step(self.now, input, &mut self.store);
        self.take_in(effects)
    }

    fn take_in(&mut self, effects: Result<Effects, StoreError>) -> Result<(), String> {
        let Effects { writes, actions } = effects.expect("memory can be read and written");
        for write in writes {
            self.store.apply(write).expect("memory can be written");
        }
        self.actions.extend(actions);
        self.machine.check_invariants();
        self.invariants.check(self.now, &self.store.take_written())
    }
}

fn settings(random: &mut Random) -> Settings {
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    let short = Duration::from_millis(50 + random.below(500));
    let retention = if random.once_in(3) { short } else { year };
    Settings {
        inactivity_timeout: Duration::from_millis(10),
        retention,
        journal_retention: *random.pick(&[Duration::ZERO, short.min(retention), retention]),
        ..Settings::default()
    }
}

fn catalog() -> Catalog {
    Catalog::new(vec![Arc::new(Worker), Arc::new(Counter), Arc::new(Signup)])
        .expect("the names differ")
}

fn machine(settings: &Settings, seed: u64, last: u64, flaw: Option<Flaw>) -> Machine {
    let mut machine = Machine::new(catalog(), settings.clone(), IdSource::seeded(last, seed));
    machine.stores_refused = flaw == Some(Flaw::StoresRefused);
    machine.load_rules(vec![Rule {
        pattern: SCOPE.parse().expect("a scope is a pattern"),
        concurrency: MOST_AT_A_TIME.try_into().ok(),
        description: None,
        disabled: false,
        version: 1,
        modified: 0,
    }]);
    machine
}

fn total(store: &mut FlawedStore, object: &Object) -> u64 {
    let value = store.value(object, b"total").expect("memory can be read");
    value.map_or(0, |value| {
        let text = std::str::from_utf8(&value).expect("a counter writes digits");
        text.parse().expect("a counter writes digits")
    })
}
