use std::{collections::BTreeMap, thread, time::Duration};

use bytes::Bytes;
use restate_core::wire::protocol::Header;
use serde_json::{Value, json};

use super::inventory::{Inventory, Object, PendingCall};
use crate::{
    admin::{Admin, Method},
    arguments::Move,
    engine_address::EngineAddress,
    failure::{Cause, Failure},
    server::{Server, quoted},
};

/// The version of an object without state, as a Restate server computes it: the hash of nothing.
const EMPTY: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

/// How long the server may take to apply a change of state.
const PATIENCE: Duration = Duration::from_secs(60);

const INTERVAL: Duration = Duration::from_millis(20);

/// The delayed call of a schedule to itself is private, and only its object can make it.
const SCHEDULE: &str = "schedules.v1.Schedule";
const FIRE: &str = "Fire";

/// Has the object of a schedule make that call again, for the time that its state names.
const REARM: &str = "Rearm";

/// Headers of a request that are not those of the next one.
const HOP: [&str; 9] = [
    "accept",
    "connection",
    "content-length",
    "expect",
    "host",
    "idempotency-key",
    "te",
    "transfer-encoding",
    "user-agent",
];

/// The Restate server that everything is moved to.
pub(super) struct Destination {
    ingress: Admin,
    admin: Admin,
    has_token: bool,
    /// The services that are deployed there.
    services: BTreeMap<String, Value>,
    has_scopes: bool,
}

/// What the server has made of a call.
pub(super) struct Delivery {
    pub(super) id: String,
}

impl Destination {
    pub(super) fn new(options: &Move, engine: &EngineAddress) -> Result<Self, Failure> {
        let (ingress, admin) = engine.server(options)?;
        let (ingress, has_token) = ingress;
        let version = unanswered(admin.request(Method::Get, &["version"], &[], b""))?;
        if Server::at(&admin)?.is_none() {
            let message = "what answers at `--to-admin` is an embedded engine; name the admin interface of a \
                           Restate server, or copy the data directory, as docs/backup.md says";
            return Err(Failure::new(Cause::Invalid, message));
        }
        let has_scopes = version["features"]["vqueues"] == true;
        let listed = admin.request(Method::Get, &["services"], &[], b"")?;
        let listed = listed["services"].as_array().cloned().unwrap_or_default();
        let named = |it: Value| Some((it["name"].as_str()?.to_owned(), it));
        let services = listed.into_iter().filter_map(named).collect();
        Ok(Self { ingress, admin, has_token, services, has_scopes })
    }

    /// Sorts out what this server cannot take.
    pub(super) fn admit(&self, inventory: &mut Inventory) -> Result<(), Failure> {
        let mut missing: Vec<String> = inventory
            .calls
            .iter()
            .filter(|call| self.handler(call).is_none())
            .map(|call| format!("{}/{}", call.service, call.handler))
            .chain(
                inventory
                    .objects
                    .iter()
                    .filter(|object| !self.services.contains_key(&object.service))
                    .map(|object| object.service.clone()),
            )
            .collect();
        missing.sort();
        missing.dedup();
        if !missing.is_empty() {
            let message = format!(
                "the server has no `{}`; register a deployment with all services of the engine first",
                missing.join("`, `")
            );
            return Err(Failure::new(Cause::Conflict, message));
        }
        for call in &mut inventory.calls {
            let is_firing = call.service == SCHEDULE && call.handler == FIRE;
            if is_firing && self.services[SCHEDULE].to_string().contains(REARM) {
                call.handler = REARM.to_owned();
                (call.due, call.body) = (None, Bytes::new());
            }
        }
        inventory.retain_calls(|call| self.reason_against(call));
        inventory.retain_objects(|object| {
            if !object.scope.is_empty() {
                return Some(
                    "it is in a scope, whose state no tool can change on a server".to_owned(),
                );
            }
            let ty = &self.services[&object.service]["ty"];
            (ty == "Workflow").then(|| "it belongs to a workflow that has run here".to_owned())
        });
        Ok(())
    }

    fn reason_against(&self, call: &PendingCall) -> Option<String> {
        let is_public = self.handler(call).is_some_and(|it| it["public"] != false)
            && self.services[&call.service]["public"] != false;
        if !is_public {
            return Some(
                "the handler is private, so the ingress of the server refuses the call; serve it without \
                 `private` until it is moved"
                    .to_owned(),
            );
        }
        (!call.scope.is_empty() && !self.has_scopes)
            .then(|| "it is in a scope, which this server does not support".to_owned())
    }

    fn handler(&self, call: &PendingCall) -> Option<&Value> {
        let handlers = self.services.get(&call.service)?["handlers"].as_array()?;
        handlers.iter().find(|handler| handler["name"] == *call.handler)
    }

    /// Stores the state of an object that has none there, and waits until the server has applied it.
    pub(super) fn store(&self, object: &Object) -> Result<(), Failure> {
        let found = self.state(object)?;
        if found.is_empty() {
            let body = json!({
                "object_key": object.key, "new_state": object.state, "version": EMPTY,
            });
            let path = ["services", &object.service, "state"];
            let headers = [("content-type", "application/json")];
            let body = body.to_string();
            unanswered(self.admin.ask(Method::Post, &path, &[], &headers, body.as_bytes()))?;
        }
        for _ in 0..PATIENCE.as_millis() / INTERVAL.as_millis() {
            let found = self.state(object)?;
            if found == object.state {
                return Ok(());
            }
            if !found.is_empty() {
                let message = format!(
                    "`{object}` has other state on the server, which is not overwritten; clear the state there \
                     and repeat this, or clear it here with `state clear` and `--data`"
                );
                return Err(Failure::new(Cause::Conflict, message));
            }
            thread::sleep(INTERVAL);
        }
        let message = format!(
            "the server has not stored the state of `{object}` within {PATIENCE:?}; an invocation may hold its \
             key there: let that end, and repeat this"
        );
        Err(Failure::new(Cause::Conflict, message))
    }

    fn state(&self, object: &Object) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
        let (service, key) = (quoted(&object.service), quoted(&object.key));
        let rows = unanswered(self.query(&format!(
            "SELECT key, value FROM state WHERE service_name = {service} AND service_key = {key}"
        )))?;
        let value = |row: &Value| {
            let name = row["key"].as_str().unwrap_or_default().to_owned();
            (name, bytes_of(row["value"].as_str().unwrap_or_default()))
        };
        Ok(rows.iter().map(value).collect())
    }

    /// Whether the server has the invocation of a call.
    pub(super) fn has(&self, call: &PendingCall) -> Result<bool, Failure> {
        let service = quoted(&call.service);
        let condition = match idempotency_key(call) {
            Some(key) => format!("idempotency_key = {}", quoted(&key)),
            None => format!("target_service_key = {}", quoted(&call.key)),
        };
        let rows = unanswered(self.query(&format!(
            "SELECT id FROM sys_invocation WHERE target_service_name = {service} AND target_handler_name = {} \
             AND {condition}",
            quoted(&call.handler)
        )))?;
        Ok(!rows.is_empty())
    }

    fn query(&self, query: &str) -> Result<Vec<Value>, Failure> {
        Server::known(&self.admin).rows(query)
    }

    /// Makes a call, which starts at its time. A repetition is the same invocation.
    pub(super) fn send(&self, call: &PendingCall, now: i64) -> Result<Delivery, Failure> {
        let mut path = vec!["restate"];
        if !call.scope.is_empty() {
            path.extend(["scope", &call.scope]);
        }
        path.extend(["send", &call.service]);
        if self.services[&call.service]["ty"] != "Service" {
            path.push(&call.key);
        }
        path.push(&call.handler);
        let delay = call.due.map(|due| due.saturating_sub(now)).filter(|delay| *delay > 0);
        let query: Vec<String> =
            delay.map(|delay| format!("delay=PT{}S", seconds(delay))).into_iter().collect();
        let key = idempotency_key(call);
        let mut headers: Vec<(&str, &str)> =
            call.headers.iter().filter_map(|it| self.kept(it)).collect();
        headers.extend(key.as_deref().map(|key| ("idempotency-key", key)));
        let is_type = |(name, _): &(&str, &str)| name.eq_ignore_ascii_case("content-type");
        let mut body = &call.body[..];
        if body.is_empty() && self.takes_messages(call) {
            // The binary form of an empty message, and servers refuse an empty body.
            headers.retain(|header| !is_type(header));
            body = b"{}";
        }
        if !headers.iter().any(is_type) {
            headers.extend(self.content_type(call, body).map(|it| ("content-type", it)));
        }
        let answer = unanswered(self.ingress.ask(Method::Post, &path, &query, &headers, body));
        let answer = answer.map_err(|failure| Failure {
            message: format!(
                "the server refuses the call of {}: {}",
                call.target(),
                failure.message
            ),
            ..failure
        })?;
        let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let id = answer["invocationId"].as_str();
        let message = "what answers at `--to` is not the ingress of a Restate server";
        let id = id.ok_or_else(|| Failure::new(Cause::Unreachable, message))?;
        Ok(Delivery { id: id.to_owned() })
    }

    /// A header that the handler receives again.
    fn kept<'h>(&self, Header { key, value }: &'h Header) -> Option<(&'h str, &'h str)> {
        let name = key.to_ascii_lowercase();
        let is_dropped = HOP.contains(&&*name)
            || name.starts_with("x-restate-")
            // Two of them would be in one request.
            || (self.has_token && name == "authorization");
        (!is_dropped).then_some((key, value))
    }

    /// Whether the requests of the handler are messages of protobuf, which have two encodings.
    fn takes_messages(&self, call: &PendingCall) -> bool {
        !matches!(self.input(call), "none" | "*/*" | "application/json")
    }

    /// How the server describes the requests of the handler.
    fn input(&self, call: &PendingCall) -> &str {
        let input = self.handler(call).map(|handler| &handler["input_description"]);
        input.and_then(Value::as_str).unwrap_or_default()
    }

    /// The type of a body that a handler has sent without one.
    fn content_type(&self, call: &PendingCall, body: &[u8]) -> Option<&'static str> {
        let is_json = serde_json::from_slice::<Value>(body).is_ok();
        match self.input(call) {
            "none" => None,
            "*/*" => Some("application/octet-stream"),
            "application/json" => Some("application/json"),
            _ if is_json => Some("application/json"),
            _ => Some("application/proto"),
        }
    }
}

/// The key under which the server recognizes a call; none for the run of a workflow.
fn idempotency_key(call: &PendingCall) -> Option<String> {
    match call.idempotency_key.as_deref() {
        Some("") => None,
        Some(key) => Some(key.to_owned()),
        None => Some(format!("moved/{}", call.id)),
    }
}

/// Seconds with all three digits of the milliseconds.
fn seconds(millis: i64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

fn bytes_of(hexadecimal: &str) -> Vec<u8> {
    let digit =
        |at: usize| hexadecimal.get(at..at + 2).and_then(|it| u8::from_str_radix(it, 16).ok());
    (0..hexadecimal.len()).step_by(2).filter_map(digit).collect()
}

/// Says that the server is meant, and what to do.
fn unanswered<T>(outcome: Result<T, Failure>) -> Result<T, Failure> {
    outcome.map_err(|failure| match failure.cause {
        Cause::Unreachable => Failure::new(
            Cause::Unreachable,
            format!(
                "the Restate server does not answer: {}. Name its ingress with `--to` and its admin interface \
                 with `--to-admin`, and repeat this: what has been moved is not moved again",
                failure.message
            ),
        ),
        _ => failure,
    })
}
