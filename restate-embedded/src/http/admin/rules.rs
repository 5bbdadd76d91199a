use std::num::NonZeroU32;

use restate_core::TerminalError;
use serde_json::{Value, json};

use super::{reply::AdminResult, stopped};
use crate::{
    engine::handle::{ControlError, EngineHandle},
    http::refusal::refusal,
    machine::{Machine, Precondition, RuleChange, millis},
    model::rules::{Pattern, Rule},
    store::Store,
};

/// All rules, ordered by pattern.
pub(super) async fn list(engine: &EngineHandle) -> AdminResult {
    let rules = engine.inspect(|machine, _| machine.rules().iter().map(show).collect::<Value>());
    rules.await.map_err(|_| stopped())
}

/// Adds or replaces all rules in the body, or none of them. Responds with these rules.
pub(super) async fn set(engine: &EngineHandle, body: &[u8]) -> AdminResult {
    let now = millis(engine.clock.now());
    let rules: Result<Vec<(Rule, Precondition)>, TerminalError> =
        entries(body)?.iter().map(|entry| rule(entry, now)).collect();
    let rules = rules?;
    let patterns: Vec<Pattern> = rules.iter().map(|(rule, _)| rule.pattern.clone()).collect();
    let changes = rules.into_iter().map(|(rule, condition)| RuleChange::Set(rule, condition));
    change(engine, changes.collect()).await?;
    let found = engine.inspect(move |machine, _| {
        patterns.iter().filter_map(|pattern| machine.rules().rule(pattern).map(show)).collect()
    });
    found.await.map_err(|_| stopped())
}

/// Removes all rules in the body, or none of them. Responds with the patterns that had a rule.
pub(super) async fn remove(engine: &EngineHandle, body: &[u8]) -> AdminResult {
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
    let look = move |machine: &Machine, _: &mut dyn Store| {
        patterns.retain(|pattern| machine.rules().rule(pattern).is_some());
        patterns.iter().map(|pattern| Value::from(pattern.as_str())).collect::<Value>()
    };
    let removed = engine.inspect(look).await.map_err(|_| stopped())?;
    change(engine, changes).await?;
    Ok(removed)
}

async fn change(engine: &EngineHandle, changes: Vec<RuleChange>) -> Result<(), TerminalError> {
    engine.change_rules(changes).await.map_err(|error| match error {
        ControlError::Refused(reason) => refusal(409, reason),
        ControlError::Stopped | ControlError::NotFound => stopped(),
        ControlError::TooLarge(reason) => refusal(413, reason),
    })
}

fn entries(body: &[u8]) -> Result<Vec<Value>, TerminalError> {
    serde_json::from_slice(body).map_err(|error| {
        let form = r#"[{"pattern":"orders/*","limits":{"concurrency":10}}]"#;
        refusal(400, format!("the body is not a list of rules such as {form}: {error}"))
    })
}

fn rule(entry: &Value, now: u64) -> Result<(Rule, Precondition), TerminalError> {
    known(entry, &["pattern", "limits", "description", "disabled", "precondition"])?;
    let limits = entry.get("limits").unwrap_or(&Value::Null);
    known(limits, &["concurrency"])?;
    let concurrency = match limits.get("concurrency") {
        None | Some(Value::Null) => None,
        Some(limit) => Some(NonZeroU32::new(number(limit, "concurrency")?).ok_or_else(|| {
            refusal(400, "`concurrency` is 0, with which nothing could run; it must be 1 or more")
        })?),
    };
    let description = match entry.get("description") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => return Err(refusal(400, "`description` is not a string")),
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
        _ => Err(refusal(
            400,
            "the type of a `precondition` is `none`, `does_not_exist` or `matches`",
        )),
    }
}

fn pattern(entry: &Value) -> Result<Pattern, TerminalError> {
    let pattern = entry.get("pattern").and_then(Value::as_str);
    let pattern = pattern.ok_or_else(|| refusal(400, "a rule has no string `pattern`"))?;
    pattern.parse().map_err(|error| refusal(400, format!("`{pattern}` is not a pattern: {error}")))
}

fn number(value: &Value, name: &str) -> Result<u32, TerminalError> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number.ok_or_else(|| {
        refusal(400, format!("`{name}` is `{value}`; it must be a whole number below 2^32"))
    })
}

/// Refuses unknown fields: a misspelt limit would not limit anything.
fn known(entry: &Value, names: &[&str]) -> Result<(), TerminalError> {
    let fields = match entry {
        Value::Object(fields) => fields,
        Value::Null => return Ok(()),
        other => return Err(refusal(400, format!("`{other}` is not a JSON object"))),
    };
    match fields.keys().find(|name| !names.contains(&&***name)) {
        None => Ok(()),
        Some(name) => {
            let names = names.join("`, `");
            Err(refusal(
                400,
                format!("`{name}` is not a field of a rule; the fields are `{names}`"),
            ))
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
