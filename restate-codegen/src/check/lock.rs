//! The contract lock: what others rely on of a contract, one line each.
//!
//! Callers rely on names and kinds, journals and stored state on fields and their types. A line
//! that would change stops the build; new lines are added, and lines of what is gone stay, so that
//! its name or number does not come to mean something else.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use prost_reflect::{
    Cardinality, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor,
    ServiceDescriptor,
};
use restate_expand::{HandlerKind, Settings};

use crate::{
    check::kinds::handler_kind,
    config::Config,
    error::{Error, Mistake},
    load::{
        Contract,
        options::{HandlerOptions, ServiceKind, ServiceOptions},
        settings,
    },
    select::{is_wanted, key_field, rpcs, wire_name},
};

/// What the lock at `path` has to hold: what it held, and what is new in `contract`.
///
/// Fails if `contract` breaks what it held.
pub(crate) fn current(path: &Path, contract: &Contract, config: &Config) -> Result<String, Error> {
    let kept = match fs::read_to_string(path) {
        Ok(text) => parse(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Lines::new(),
        Err(error) => return Err(Error::input(path, error)),
    };
    let now = lines(contract, config);
    let broken: Vec<_> = kept
        .iter()
        .filter_map(|(subject, was)| broken(subject, was, now.get(subject)))
        .map(|change| Mistake::placed(change.message(path)))
        .collect();
    if !broken.is_empty() {
        return Err(Error::contract(broken));
    }
    Ok(text(&kept.into_iter().chain(now).collect()))
}

/// What is relied on, by its subject.
type Lines = BTreeMap<String, String>;

const HEADER: &str = "# What callers, journals and stored state rely on. restate-codegen keeps this file: commit it,\n\
                      # and delete a line to accept that what it says is broken.\n";

fn text(lines: &Lines) -> String {
    let lines = lines.iter().map(|(subject, value)| format!("{subject} = {value}\n"));
    [HEADER.to_owned()].into_iter().chain(lines).collect()
}

fn parse(text: &str) -> Lines {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once(" = "));
    pairs.map(|(subject, value)| (subject.trim().to_owned(), value.trim().to_owned())).collect()
}

struct Change<'l> {
    subject: &'l str,
    was: &'l str,
    now: &'l str,
}

impl Change<'_> {
    fn message(&self, path: &Path) -> String {
        let Self { subject, was, now } = self;
        let path = path.display();
        format!(
            "{path}: the contract breaks what others rely on\n  was: {subject} = {was}\n  \
             now: {subject} = {now}\n  change it back, or accept the break by deleting the line \
             from {path}"
        )
    }
}

fn broken<'l>(subject: &'l str, was: &'l str, now: Option<&'l String>) -> Option<Change<'l>> {
    let change = |now| Some(Change { subject, was, now });
    let is_retention = subject.starts_with(RETENTION);
    match now {
        Some(now) if is_retention && millis(now) >= millis(was) => None,
        Some(now) if now == was => None,
        Some(now) => change(now),
        None if is_retention => change("as the engine decides"),
        None if subject.starts_with(SERVICE) || subject.starts_with(HANDLER) => change("gone"),
        // The line stays, and keeps its name or number from meaning something else.
        None => None,
    }
}

fn millis(retention: &str) -> Option<u64> {
    retention.strip_suffix("ms")?.parse().ok()
}

const SERVICE: &str = "service ";
const HANDLER: &str = "handler ";
const RETENTION: &str = "retention ";

fn lines(contract: &Contract, config: &Config) -> Lines {
    let mut lines = Lines::new();
    for file in contract.files() {
        for service in file.services().filter(|service| is_wanted(service, config)) {
            add_service(&service, config, &mut lines);
        }
        file.messages().for_each(|message| add_message(&message, &mut lines));
        file.enums().for_each(|values| add_enum(&values, &mut lines));
    }
    lines
}

fn add_service(service: &ServiceDescriptor, config: &Config, lines: &mut Lines) {
    let options = ServiceOptions::of(service);
    let name = options.name.unwrap_or_else(|| service.full_name().to_owned());
    let kind = match options.kind {
        ServiceKind::Service => "a service",
        ServiceKind::Object => "an object",
        ServiceKind::Singleton => "an object with one key",
        ServiceKind::Workflow => "a workflow",
    };
    lines.insert(format!("{SERVICE}{name}"), kind.to_owned());
    if let Some(options) = &options.message {
        add_retentions(&name, &settings::read(options, &mut Vec::new()), lines);
    }
    for rpc in rpcs(service, config) {
        add_handler(&name, &rpc, options.kind, config, lines);
    }
}

fn add_handler(
    service: &str,
    rpc: &MethodDescriptor,
    service_kind: ServiceKind,
    config: &Config,
    lines: &mut Lines,
) {
    let options = HandlerOptions::of(rpc);
    let name = format!("{service}/{}", wire_name(rpc, config));
    let kind = match handler_kind(rpc, service_kind, options.kind, &mut Vec::new()) {
        HandlerKind::Plain => "plain",
        HandlerKind::Exclusive => "exclusive",
        HandlerKind::Shared | HandlerKind::BesideRun => "shared",
        HandlerKind::Run => "run",
    };
    let key = match key_field(rpc).filter(|_| service_kind.has_keys()) {
        Some(field) => format!(", key {}", field.number()),
        None => String::new(),
    };
    let (input, output) = (rpc.input(), rpc.output());
    let value = format!("{kind}{key}, {} to {}", input.full_name(), output.full_name());
    lines.insert(format!("{HANDLER}{name}"), value);
    if let Some(options) = &options.message {
        add_retentions(&name, &settings::read(options, &mut Vec::new()), lines);
    }
}

fn add_retentions(name: &str, settings: &Settings, lines: &mut Lines) {
    let retentions = [
        ("journal", settings.journal_retention),
        ("idempotency", settings.idempotency_retention),
        ("workflow", settings.workflow_retention),
    ];
    for (what, retention) in retentions {
        if let Some(millis) = retention.as_ref().map(Duration::as_millis) {
            lines.insert(format!("{RETENTION}{name} {what}"), format!("{millis}ms"));
        }
    }
}

fn add_message(message: &MessageDescriptor, lines: &mut Lines) {
    if message.is_map_entry() {
        return;
    }
    for field in message.fields() {
        let subject = format!("field {} {}", message.full_name(), field.number());
        lines.insert(subject, format!("{} {:?}", type_of(&field), field.json_name()));
    }
    message.child_messages().for_each(|message| add_message(&message, lines));
    message.child_enums().for_each(|values| add_enum(&values, lines));
}

fn add_enum(values: &EnumDescriptor, lines: &mut Lines) {
    for value in values.values() {
        let subject = format!("value {} {:?}", values.full_name(), value.name());
        lines.insert(subject, value.number().to_string());
    }
}

/// The type of a field, apart from whether it has presence, which may change.
fn type_of(field: &FieldDescriptor) -> String {
    if let Kind::Message(entry) = field.kind()
        && field.is_map()
    {
        let (key, value) = (entry.map_entry_key_field(), entry.map_entry_value_field());
        return format!("map<{}, {}>", name_of(&key.kind()), name_of(&value.kind()));
    }
    let name = name_of(&field.kind());
    if field.cardinality() == Cardinality::Repeated { format!("repeated {name}") } else { name }
}

fn name_of(kind: &Kind) -> String {
    match kind {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(values) => values.full_name().to_owned(),
        scalar => format!("{scalar:?}"),
    }
}
