//! The requests of clients, and the responses.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use tokio::sync::Notify;

use crate::{
    random::Random,
    services::{Addition, Balance, Parcel, Pause},
};

/// A request, identified by its number.
#[derive(Clone, Debug)]
pub struct Request {
    pub number: u64,
    pub key: String,
    pub task: Task,
    pub form: Form,
}

/// The handler and its argument.
#[derive(Clone, Copy, Debug)]
pub enum Task {
    Add(Pause),
    Deliver,
    Dispatch,
}

impl Task {
    /// Whether the response names invocations that may still run.
    pub fn leaves_receipt(self) -> bool {
        matches!(self, Self::Deliver | Self::Dispatch)
    }
}

/// The kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Call,
    OneWay,
    Delayed(u64),
    /// A one-way call without an idempotency key, which is not repeated.
    Once,
}

/// Requests that are not repeated have their own accounts, whose totals are not exact.
const KEYS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
pub const KEY_OF_UNREPEATED: &str = "unrepeated";

impl Request {
    pub fn random(number: u64, random: &mut Random) -> Self {
        let task = match random.below(9) {
            0 => Task::Deliver,
            8 => Task::Dispatch,
            1 => Task::Add(Pause::Run),
            2 => Task::Add(Pause::Sleep(random.below(8))),
            _ => Task::Add(Pause::Nothing),
        };
        let form = match random.below(8) {
            0 | 1 => Form::OneWay,
            2 => Form::Delayed(random.below(200)),
            3 => Form::Once,
            _ => Form::Call,
        };
        match form {
            Form::Once => Self {
                number,
                key: KEY_OF_UNREPEATED.to_owned(),
                task: Task::Add(Pause::Nothing),
                form,
            },
            _ => {
                let key = KEYS[usize::try_from(random.below(6)).unwrap()].to_owned();
                Self { number, key, task, form }
            }
        }
    }

    pub fn path(&self) -> String {
        let handler = match self.task {
            Task::Add(_) => format!("/Account/{}/add", self.key),
            Task::Deliver => "/Courier/deliver".to_owned(),
            Task::Dispatch => "/Dispatcher/dispatch".to_owned(),
        };
        match self.form {
            Form::Call => handler,
            Form::OneWay | Form::Once => format!("{handler}/send"),
            Form::Delayed(millis) => format!("{handler}/send?delay={millis}ms"),
        }
    }

    pub fn idempotency_key(&self) -> String {
        if self.form == Form::Once { String::new() } else { format!("request-{}", self.number) }
    }

    pub fn body(&self) -> String {
        let json = match self.task {
            Task::Add(pause) => serde_json::to_string(&Addition { number: self.number, pause }),
            Task::Deliver | Task::Dispatch => serde_json::to_string(&self.parcel()),
        };
        json.unwrap()
    }

    /// The numbers that it adds.
    pub fn additions(&self) -> Vec<u64> {
        match self.task {
            Task::Add(_) => vec![self.number],
            Task::Deliver => self.parcel().additions().into(),
            Task::Dispatch => {
                let parcel = self.parcel();
                parcel.additions().into_iter().chain([parcel.fee()]).collect()
            }
        }
    }

    fn parcel(&self) -> Parcel {
        Parcel { key: self.key.clone(), number: self.number }
    }
}

/// A request with a successful response.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    pub request: Request,
    /// The response of the handler, or the id of the one-way invocation.
    pub answer: Value,
}

#[derive(Default)]
pub struct Book {
    pages: Mutex<Pages>,
    written: Notify,
}

#[derive(Default)]
pub struct Pages {
    pub acknowledged: Vec<Acknowledged>,
    /// Requests that were neither answered nor repeated.
    pub unknown: u64,
}

impl Book {
    pub fn acknowledge(&self, request: Request, answer: Value) {
        self.open().acknowledged.push(Acknowledged { request, answer });
        self.written.notify_waiters();
    }

    pub fn leave(&self) {
        self.open().unknown += 1;
    }

    /// Waits for the next acknowledgement.
    pub async fn acknowledgement(&self) {
        self.written.notified().await;
    }

    pub fn open(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    /// The expected accounts once `of` the acknowledged requests have completed.
    pub fn balances(&self, of: impl Fn(&Request) -> bool) -> BTreeMap<String, Balance> {
        let mut balances: BTreeMap<String, Balance> = BTreeMap::new();
        for Acknowledged { request, .. } in &self.acknowledged {
            if of(request) {
                let balance = balances.entry(request.key.clone()).or_default();
                request.additions().into_iter().for_each(|number| balance.add(number));
            }
        }
        balances
    }
}
