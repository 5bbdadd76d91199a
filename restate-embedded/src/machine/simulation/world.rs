mod attempts;
mod clients;
mod deployments;
mod disk;
mod restarts;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use restate_core::wire::protocol::OutputResult;

use self::{
    clients::{Asked, Purpose},
    deployments::Seen,
};
use super::{
    attempt::{Attempt, KEYS, REMOTE},
    figures::Figures,
    flaw::{Flaw, FlawedStore},
    invariants::{Invariants, Restarting},
    random::Random,
};
use crate::{
    machine::{
        Control, Effects, ExternalAction, GroupLimits, Input, InternalAction, Machine, Outbox,
        ResumeOn, Waiter,
        tests::services::{COUNTER, SIGNUP, WORKER},
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

/// When a history begins, in milliseconds since the Unix epoch.
const START: u64 = 1_000_000;

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
    /// Invocations that were restarted from others, as somebody was told.
    restarted: Vec<InvocationId>,
    /// What the next step restarts.
    restarting: Option<Restarting>,
    waiters: HashMap<Waiter, Purpose>,
    last_waiter: u64,
    /// Results that clients were told.
    told: HashMap<InvocationId, OutputResult>,
    /// `run` closures that somebody outside has noticed, by their command, and their inputs.
    begun: BTreeMap<(InvocationId, usize), String>,
    durable: Invariants,
    invariants: Invariants,
    commits: u32,
    crashes: u64,
    failed_syncs: u64,
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
            now: START,
            internal: VecDeque::new(),
            outbox: Outbox::new(LIMITS),
            syncing: None,
            slow_disk,
            attempts: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            seen: BTreeMap::new(),
            requests: Vec::new(),
            restarted: Vec::new(),
            restarting: None,
            waiters: HashMap::new(),
            last_waiter: 0,
            told: HashMap::new(),
            begun: BTreeMap::new(),
            durable: invariants.clone(),
            invariants,
            commits: 0,
            crashes: 0,
            failed_syncs: 0,
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
            188..190 => self.signal(),
            190..192 => self.restart(),
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
                // By now, more are completed than in the random part.
                if round < 400 {
                    self.restart()?;
                }
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

    pub(super) fn figures(&self) -> Figures {
        Figures {
            requests: self.requests.len(),
            commits: self.commits.into(),
            crashes: self.crashes,
            failed_syncs: self.failed_syncs,
            passed: Duration::from_millis(self.now.saturating_sub(START)),
        }
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
        if !self.newest_speaks_all() {
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
        let acknowledged = self.requests.iter().filter_map(|asked| asked.id);
        for id in acknowledged.chain(self.restarted.iter().copied()) {
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
        self.machine.check_invariants();
        let all = self.store.take_written();
        self.check_pins(&all)?;
        match self.restarting.take() {
            Some(restarting) => self.invariants.check_restart(&restarting, &all)?,
            None => self.invariants.check(self.now, &all)?,
        }
        internal.iter().try_for_each(|action| self.check_start(action))?;
        self.internal.extend(internal);
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
        journal_retention: *random.pick(&[
            Duration::ZERO,
            short.min(retention),
            retention,
            retention,
        ]),
        durable_start: random.once_in(4),
        deployment_concurrency: 1 + random.index(3),
        ..Settings::default()
    }
}

fn catalog() -> Catalog {
    Catalog::new(vec![Arc::new(WORKER), Arc::new(COUNTER), Arc::new(SIGNUP)])
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
    machine.services.forgets_protocol = flaw == Some(Flaw::ForgetsProtocol);
    machine.repeats_kept = flaw == Some(Flaw::RepeatsKept);
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
