use std::num::NonZeroU32;

use restate_core::TerminalError;
use serde_json::{Value, json};

use super::{
    reply::{Answered, refusal},
    stopped,
};
use crate::{
    engine::handle::{ControlError, Port},
    machine::{Precondition, RuleChange, millis},
    model::rules::{Pattern, Rule},
};

/// All rules, by pattern.
pub(super) async fn list(port: &Port) -> Answered {
    let rules = port.inspect(|machine, _| machine.rules().iter().map(show).collect::<Value>());
    rules.await.map_err(|_| stopped())
}

/// Adds or replaces rules: all that the body lists, or none. Answers with them.
pub(super) async fn set(port: &Port, body: &[u8]) -> Answered {
    let now = millis(port.clock.now());
    let rules: Result<Vec<(Rule, Precondition)>, TerminalError> =
        entries(body)?.iter().map(|entry| rule(entry, now)).collect();
    let rules = rules?;
    let patterns: Vec<Pattern> = rules.iter().map(|(rule, _)| rule.pattern.clone()).collect();
    let changes = rules.into_iter().map(|(rule, condition)| RuleChange::Set(rule, condition));
    change(port, changes.collect()).await?;
    let found = port.inspect(move |machine, _| {
        patterns.iter().filter_map(|pattern| machine.rules().rule(pattern).map(show)).collect()
    });
    found.await.map_err(|_| stopped())
}

/// Removes rules: all that the body lists, or none. Answers with the patterns of those removed.
pub(super) async fn remove(port: &Port, body: &[u8]) -> Answered {
    let mut changes = Vec::new();
    let mut patterns = Vec::new();
    for entry in entries(body)? {
        known(&entry, &["pattern", "expected_version"])?;
        let condition = match entry.get("expected_version") {
            None | Some(Value::Null) => Precondition::None,
            Some(version) => Precondition::Version(number(version, "expected_version")?),
        };
        patterns.push(pattern(&entry)?);
        changes.push(RuleChange::Remove(pattern(&entry)?, condition));
    }
    let look = move |machine: &crate::machine::Machine, _: &mut dyn crate::store::Store| {
        patterns.retain(|pattern| machine.rules().rule(pattern).is_some());
        patterns.iter().map(|pattern| Value::from(pattern.as_str())).collect::<Value>()
    };
    let removed = port.inspect(look).await.map_err(|_| stopped())?;
    change(port, changes).await?;
    Ok(removed)
}

async fn change(port: &Port, changes: Vec<RuleChange>) -> Result<(), TerminalError> {
    port.change_rules(changes).await.map_err(|error| match error {
        ControlError::Refused(reason) => refusal(409, reason),
        ControlError::Stopped | ControlError::NotFound => stopped(),
    })
}

fn entries(body: &[u8]) -> Result<Vec<Value>, TerminalError> {
    serde_json::from_slice(body).map_err(|error| {
        let form = r#"[{"pattern":"orders/*","limits":{"concurrency":10}}]"#;
        refusal(400, format!("the body is no list of rules, as {form}: {error}"))
    })
}

fn rule(entry: &Value, now: u64) -> Result<(Rule, Precondition), TerminalError> {
    known(entry, &["pattern", "limits", "description", "disabled", "precondition"])?;
    let limits = entry.get("limits").unwrap_or(&Value::Null);
    known(limits, &["concurrency"])?;
    let concurrency = match limits.get("concurrency") {
        None | Some(Value::Null) => None,
        Some(limit) => Some(NonZeroU32::new(number(limit, "concurrency")?).ok_or_else(|| {
            refusal(400, "`concurrency` is 0, so that nothing would ever run; it is 1 or more")
        })?),
    };
    let description = match entry.get("description") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => return Err(refusal(400, "`description` is not text")),
    };
    let disabled = match entry.get("disabled") {
        None => false,
        Some(Value::Bool(disabled)) => *disabled,
        Some(_) => return Err(refusal(400, "`disabled` is neither true nor false")),
    };
    let pattern = pattern(entry)?;
    let rule = Rule { pattern, concurrency, description, disabled, version: 1, modified: now };
    Ok((rule, precondition(entry)?))
}

fn precondition(entry: &Value) -> Result<Precondition, TerminalError> {
    let Some(condition) = entry.get("precondition") else { return Ok(Precondition::None) };
    match condition.get("type").and_then(Value::as_str) {
        Some("none") => Ok(Precondition::None),
        Some("does_not_exist") => Ok(Precondition::Missing),
        Some("matches") => {
            let version = condition.get("version").unwrap_or(&Value::Null);
            Ok(Precondition::Version(number(version, "version")?))
        }
        _ => Err(refusal(400, "a `precondition` has type `none`, `does_not_exist` or `matches`")),
    }
}

fn pattern(entry: &Value) -> Result<Pattern, TerminalError> {
    let pattern = entry.get("pattern").and_then(Value::as_str);
    let pattern = pattern.ok_or_else(|| refusal(400, "a rule has no text `pattern`"))?;
    pattern.parse().map_err(|error| refusal(400, format!("`{pattern}` is no pattern: {error}")))
}

fn number(value: &Value, name: &str) -> Result<u32, TerminalError> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number.ok_or_else(|| refusal(400, format!("`{name}` is `{value}`, no number below 2^32")))
}

/// Refuses misspelt fields, which would otherwise be limits without effect.
fn known(entry: &Value, names: &[&str]) -> Result<(), TerminalError> {
    let fields = match entry {
        Value::Object(fields) => fields,
        Value::Null => return Ok(()),
        other => return Err(refusal(400, format!("`{other}` is no object of a rule"))),
    };
    match fields.keys().find(|name| !names.contains(&&***name)) {
        None => Ok(()),
        Some(name) => {
            let names = names.join("`, `");
            Err(refusal(400, format!("`{name}` is no part of a rule; there are `{names}`")))
        }
    }
}

fn show(rule: &Rule) -> Value {
    let Rule { pattern, concurrency, description, disabled, version, modified } = rule;
    let limits = match concurrency {
        Some(limit) => json!({ "concurrency": limit }),
        None => json!({}),
    };
    let mut shown = json!({
        "pattern": pattern.as_str(),
        "limits": limits,
        "disabled": disabled,
        "version": version,
        "last_modified_millis_since_epoch": modified,
    });
    if let Some(description) = description {
        shown["description"] = description.as_str().into();
    }
    shown
}
