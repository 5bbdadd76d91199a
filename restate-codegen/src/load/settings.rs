//! The settings in a contract's options: timeouts, retention, retries, metadata.

use std::time::Duration;

use prost_reflect::{DynamicMessage, MapKey, Value};
use restate_descriptors::options::{enum_value, flag, text, texts};
use restate_expand::{CatchUp, Encoding, OnMaxAttempts, Overlap, Schedule, Settings};

/// Reads the settings in `options`; adds messages about invalid values to `problems`.
pub(crate) fn read(options: &DynamicMessage, problems: &mut Vec<String>) -> Settings {
    let mut settings = Settings {
        inactivity_timeout: duration(options, "inactivity_timeout", problems),
        abort_timeout: duration(options, "abort_timeout", problems),
        journal_retention: duration(options, "journal_retention", problems),
        idempotency_retention: duration(options, "idempotency_retention", problems),
        workflow_retention: duration(options, "workflow_retention", problems),
        lazy_state: flag(options, "lazy_state"),
        private: flag(options, "private"),
        encoding: match enum_value(options, "encoding").as_deref() {
            Some("BINARY") => Some(Encoding::Binary),
            Some("JSON") => Some(Encoding::Json),
            _ => None,
        },
        keep_headers: texts(options, "keep_headers"),
        schedule: schedule(options, problems),
        metadata: metadata(options),
        ..Settings::default()
    };
    if options.has_field_by_name("retries")
        && let Some(Value::Message(retries)) = options.get_field_by_name("retries").as_deref()
    {
        read_retries(retries, &mut settings, problems);
    }
    settings
}

fn read_retries(retries: &DynamicMessage, settings: &mut Settings, problems: &mut Vec<String>) {
    settings.retries.initial_interval = duration(retries, "initial_interval", problems);
    settings.retries.max_interval = duration(retries, "max_interval", problems);
    let factor = retries.get_field_by_name("factor").and_then(|value| value.as_f64());
    settings.retries.factor = factor.filter(|factor| *factor != 0.0);
    let attempts = retries.get_field_by_name("max_attempts").and_then(|value| value.as_u64());
    settings.retries.max_attempts = attempts
        .filter(|attempts| *attempts != 0)
        .map(|attempts| u32::try_from(attempts).unwrap_or(u32::MAX));
    settings.retries.on_max_attempts = match enum_value(retries, "on_max_attempts").as_deref() {
        Some("PAUSE") => Some(OnMaxAttempts::Pause),
        Some("KILL") => Some(OnMaxAttempts::Kill),
        _ => None,
    };
}

fn schedule(options: &DynamicMessage, problems: &mut Vec<String>) -> Option<Schedule> {
    if !options.has_field_by_name("schedule") {
        return None;
    }
    let field = options.get_field_by_name("schedule")?;
    let options = field.as_message()?;
    Some(Schedule {
        cron: text(options, "cron"),
        time_zone: text(options, "time_zone"),
        interval: duration(options, "interval", problems),
        jitter: duration(options, "jitter", problems),
        overlap: match enum_value(options, "overlap").as_deref() {
            Some("QUEUE") => Some(Overlap::Queue),
            Some("CANCEL") => Some(Overlap::Cancel),
            Some("ALLOW") => Some(Overlap::Allow),
            _ => None,
        },
        catch_up: match enum_value(options, "catch_up").as_deref() {
            Some("NONE") => Some(CatchUp::None),
            Some("ALL") => Some(CatchUp::All),
            _ => None,
        },
        window: duration(options, "window", problems),
        key: text(options, "key"),
        request: text(options, "request"),
    })
}

fn duration(options: &DynamicMessage, name: &str, problems: &mut Vec<String>) -> Option<Duration> {
    let text = text(options, name)?;
    let duration = restate_expand::duration(&text);
    if duration.is_none() {
        problems.push(format!(
            "`{text}` is not a valid `{name}`; give a whole number and a unit (`ms`, `s`, `m`, `h` \
             or `d`), such as `30s`"
        ));
    }
    duration
}

/// Sorted by name: protobuf maps have no order, and generated code must not vary.
fn metadata(options: &DynamicMessage) -> Vec<(String, String)> {
    let field = options.get_field_by_name("metadata");
    let Some(map) = field.as_deref().and_then(Value::as_map) else { return Vec::new() };
    let pairs = map.iter().filter_map(|(name, value)| match (name, value) {
        (MapKey::String(name), Value::String(value)) => Some((name.clone(), value.clone())),
        _ => None,
    });
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort();
    pairs
}
