mod clients;
mod deployments;
mod disk;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use restate_core::{contract::HandlerKind, wire::protocol::OutputResult};

use self::{
    clients::{Asked, Purpose},
    deployments::Seen,
};
use super::{
    attempt::{Attempt, BegunRun, Confirmation, KEYS, REMOTE},
    flaw::{Flaw, FlawedStore},
    invariants::Invariants,
    random::Random,
};
use crate::{
    machine::{
        Control, Effects, ExternalAction, GroupLimits, Input, InternalAction, Machine, Outbox,
        ResumeOn, Waiter,
        tests::script::{Counter, Signup, Worker},
    },
    model::{
        catalog::Catalog,
        deployment::{Deployment, DeploymentId},
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

/// When a group is committed that nobody waits for.
const LIMITS: GroupLimits = GroupLimits { delay: Duration::from_millis(20), writes: 30 };

/// When a process crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crash {
    /// Before the commit with this number, from 0.
    Before(u32),
    /// While it is being synced: it may be lost or not.
    During(u32),
    /// After that, and before its external actions.
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
    /// Internal actions that are not carried out yet.
    internal: VecDeque<InternalAction>,
    outbox: Outbox,
    /// The group that is being synced.
    syncing: Option<Syncing>,
    slow_disk: bool,
    attempts: BTreeMap<u64, Attempt>,
    /// Exchanges with deployments, by their attempts, which may be over.
    exchanges: BTreeMap<u64, (InvocationId, DeploymentId)>,
    /// What deployments were told.
    seen: BTreeMap<InvocationId, BTreeSet<Seen>>,
    requests: Vec<Asked>,
    waiters: HashMap<Waiter, Purpose>,
    last_waiter: u64,
    /// Results that clients were told.
    told: HashMap<InvocationId, OutputResult>,
    /// `run` closures that somebody outside has noticed, by their command, and their inputs.
    begun: BTreeMap<(InvocationId, usize), String>,
    durable: Invariants,
    invariants: Invariants,
    commits: u32,
    crash: Option<Crash>,
    at_rest: bool,
    transcript: Vec<String>,
}

/// A group that is being synced.
struct Syncing {
    writes: usize,
    invariants: Invariants,
}

impl World {
    pub(super) fn new(seed: u64, crash: Option<Crash>, flaw: Option<Flaw>) -> Self {
        let mut random = Random::new(seed);
        let settings = settings(&mut random);
        let slow_disk = random.once_in(2);
        let retention = crate::machine::millis(settings.retention);
        let invariants = Invariants::new(retention);
        let mut world = Self {
            machine: machine(&settings, random.next(), 0, flaw, Vec::new()),
            store: FlawedStore::new(flaw, random.next()),
            settings,
            random,
            now: 1_000_000,
            internal: VecDeque::new(),
            outbox: Outbox::new(LIMITS),
            syncing: None,
            slow_disk,
            attempts: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            seen: BTreeMap::new(),
            requests: Vec::new(),
            waiters: HashMap::new(),
            last_waiter: 0,
            told: HashMap::new(),
            begun: BTreeMap::new(),
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
            24..40 => self.act_inside(),
            40..110 => self.attempt(),
            // With a slow disk, much runs ahead of it.
            110..150 if self.slow_disk && !self.random.once_in(8) => self.attempt(),
            110..150 => self.go_on_with_commits(),
            150..180 => self.pass(),
            180..188 => self.look(),
            188..192 => self.signal(),
            192..194 => self.control(),
            194..196 => self.promise(),
            196 => self.change_deployments(),
            197 => self.end_exchanges(),
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
            self.act_inside()?;
            self.attempt()?;
            self.end_exchanges()?;
            self.go_on_with_commits()?;
            self.now += 1;
            self.step(Input::Tick)?;
            let answered = self.requests.iter().all(|asked| asked.id.is_some());
            let settled = self.internal.is_empty() && self.outbox.is_settled();
            if answered && self.attempts.is_empty() && settled && self.is_idle() {
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
        if self.machine.catalog().newest(REMOTE).is_none() {
            self.register()?;
        }
        for stored in self.store.memory.unfinished().expect("memory can be read") {
            let is_unbound =
                self.machine.activity(stored.id).is_some_and(|it| it.status == "unbound");
            if is_unbound || stored.phase == Phase::Paused {
                // Its deployment may be gone.
                self.ask_to(stored.id, Control::Resume(ResumeOn::Newest))?;
            }
            match (&*stored.target.service, &*stored.target.handler) {
                ("Worker" | REMOTE, _) => self.signal_to(stored.id)?,
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
                if self.exchanges.contains_key(&number) {
                    let error = "it is gone".to_owned();
                    return self.step(Input::Failed { id, attempt: number, error });
                }
                return self.step(Input::Ended { id, attempt: number });
            }
            1 if attempt.on_the_way.is_empty() && !attempt.over => attempt.fail(),
            _ => {
                if let Some(run) = attempt.work(now) {
                    self.run_begins(id, run)?;
                }
            }
        }
        let attempt = self.attempts.get_mut(&number).expect("it is among the keys");
        let length = attempt.on_the_way.len();
        if length == 0 {
            if attempt.run == Confirmation::Needed && self.exchanges.contains_key(&number) {
                // Nobody asks whether it may begin in another process.
                attempt.run = Confirmation::Given;
            } else if attempt.run == Confirmation::Needed {
                attempt.run = Confirmation::Asked;
                let confirm = ExternalAction::ConfirmDurable { attempt: number };
                self.hold(0, vec![confirm])?;
            }
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
        match over && !self.exchanges.contains_key(&number) {
            true => self.step(Input::Ended { id, attempt: number }),
            false => Ok(()),
        }
    }

    /// Carries out some of the internal actions, or all when nothing is disturbed.
    fn act_inside(&mut self) -> Result<(), String> {
        let waiting = self.internal.len();
        let count = if self.at_rest { waiting } else { self.random.index(waiting + 1) };
        self.act_on(count)
    }

    /// Carries out this many of the internal actions.
    fn act_on(&mut self, count: usize) -> Result<(), String> {
        let actions: Vec<_> = self.internal.drain(..count).collect();
        actions.into_iter().try_for_each(|action| self.act(action))
    }

    fn act(&mut self, action: InternalAction) -> Result<(), String> {
        match action {
            InternalAction::Start(start) => {
                let journal = self.store.memory.journal(start.id, start.parts);
                let journal = journal.expect("memory can be read");
                let total = total(&mut self.store, &start.target.object());
                if let Some(deployment) = start.deployment {
                    self.starts_on(&start, deployment)?;
                }
                let mut attempt = Attempt::new(start.id, start.target, total, &journal);
                attempt.begun = !start.begins_durably;
                attempt.tells = start.deployment.is_some() || attempt.target.scope.is_some();
                attempt.opening = journal.into_iter().skip(1).collect();
                self.may_start(&attempt)?;
                self.attempts.insert(start.attempt, attempt);
                if self.store.flaw() == Some(Flaw::BeginsEarly) {
                    return self.show(ExternalAction::Begin { attempt: start.attempt });
                }
            }
            InternalAction::Deliver { attempt, bytes } => {
                if let Some(attempt) = self.attempts.get_mut(&attempt) {
                    attempt.receive(&bytes);
                }
            }
            InternalAction::CloseInput { attempt } => {
                if let Some(attempt) = self.attempts.get_mut(&attempt) {
                    attempt.close();
                }
            }
            InternalAction::Stop { attempt } => drop(self.attempts.remove(&attempt)),
            // Its exchange ends at some time.
            InternalAction::Finish { .. } | InternalAction::PublishCatalog => {}
        }
        Ok(())
    }

    fn show(&mut self, action: ExternalAction) -> Result<(), String> {
        match action {
            ExternalAction::Reply { to, reply } => self.answered(to, reply)?,
            ExternalAction::Report { .. } => {}
            ExternalAction::Begin { attempt } => {
                let is_elsewhere = self.exchanges.contains_key(&attempt);
                if let Some(attempt) = self.attempts.get_mut(&attempt) {
                    attempt.begun = true;
                    let id = attempt.id;
                    if !self.durable.exists(id) {
                        return Err(format!("{id} begins before it is durable"));
                    }
                    for part in std::mem::take(&mut attempt.opening).iter().filter(|_| is_elsewhere)
                    {
                        self.sees(id, part);
                    }
                }
            }
            ExternalAction::Deliver { attempt, bytes } => {
                if let Some(attempt) = self.attempts.get_mut(&attempt) {
                    attempt.receive(&bytes);
                    let id = attempt.id;
                    self.sees(id, &bytes);
                }
            }
            ExternalAction::CloseInput { attempt } => {
                if let Some(attempt) = self.attempts.get_mut(&attempt) {
                    attempt.close();
                }
            }
            ExternalAction::ConfirmDurable { attempt } => {
                if let Some(attempt) = self.attempts.get_mut(&attempt) {
                    attempt.run = Confirmation::Given;
                }
            }
        }
        Ok(())
    }

    /// Somebody outside notices a `run` closure: its invocation is stored, and it has the same inputs
    /// each time that it begins.
    fn run_begins(&mut self, id: InvocationId, run: BegunRun) -> Result<(), String> {
        let BegunRun { command, inputs } = run;
        self.transcript.push(format!("{} {id} begins run {command} with {inputs}", self.now));
        match self.begun.insert((id, command), inputs) {
            Some(before) if before != self.begun[&(id, command)] => {
                Err(format!("run {command} of {id} has begun before, with {before}"))
            }
            _ => Ok(()),
        }
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

    fn step(&mut self, input: Input) -> Result<(), String> {
        let effects = self.machine.step(self.now, input, &mut self.store);
        self.take_in(effects)
    }

    fn take_in(&mut self, effects: Result<Effects, StoreError>) -> Result<(), String> {
        let Effects { writes, applied, internal, external } =
            effects.expect("memory can be read and written");
        let written = applied + writes.len();
        for write in writes {
            self.store.apply(write).expect("memory can be written");
        }
        self.internal.extend(internal);
        self.machine.check_invariants();
        let all = self.store.take_written();
        self.check_pins(&all)?;
        self.invariants.check(self.now, &all)?;
        self.hold(written, external)
    }

    /// Has external actions wait for the writes that they depend on.
    fn hold(&mut self, written: usize, external: Vec<ExternalAction>) -> Result<(), String> {
        let is_early = |action: &ExternalAction| match self.store.flaw() {
            Some(Flaw::RepliesEarly) => matches!(action, ExternalAction::Reply { .. }),
            Some(Flaw::SendsEarly) => matches!(action, ExternalAction::Deliver { .. }),
            Some(Flaw::RunsEarly) => matches!(action, ExternalAction::ConfirmDurable { .. }),
            _ => false,
        };
        let (early, others) = external.into_iter().partition(is_early);
        let now = self.uptime();
        self.outbox.add(written, others, now);
        let early: Vec<_> = early;
        early.into_iter().try_for_each(|action| self.show(action))
    }

    /// The time that the outbox sees.
    fn uptime(&self) -> Duration {
        Duration::from_millis(self.now)
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
        durable_start: random.once_in(4),
        deployment_concurrency: 1 + random.index(3),
        ..Settings::default()
    }
}

fn catalog() -> Catalog {
    Catalog::new(vec![Arc::new(Worker), Arc::new(Counter), Arc::new(Signup)])
        .expect("the names differ")
}

fn machine(
    settings: &Settings,
    seed: u64,
    last: u64,
    flaw: Option<Flaw>,
    deployments: Vec<Deployment>,
) -> Machine {
    let mut catalog = catalog();
    catalog.load(deployments);
    let mut machine = Machine::new(catalog, settings.clone(), IdSource::seeded(last, seed));
    machine.services.ignores_pins = flaw == Some(Flaw::IgnoresPins);
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
