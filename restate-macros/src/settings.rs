//! Settings as arguments of `#[service]`, `#[object]`, `#[workflow]` and `#[handler]`.

use std::{str::FromStr, time::Duration};

use proc_macro2::Span;
use quote::ToTokens;
use restate_expand::{CatchUp, Encoding, OnMaxAttempts, Overlap, Schedule, Settings, duration};
use syn::{
    Expr, ExprLit, Lit, LitStr, Meta, MetaList, Token, parse::Parser, punctuated::Punctuated,
    spanned::Spanned,
};

use crate::errors::Errors;

/// The names of all settings.
pub(crate) const NAMES: [&str; 11] = [
    "abort_timeout",
    "encoding",
    "idempotency_retention",
    "inactivity_timeout",
    "journal_retention",
    "keep_headers",
    "lazy_state",
    "private",
    "retries",
    "schedule",
    "workflow_retention",
];

/// Settings, and the locations of their arguments.
#[derive(Default)]
pub(crate) struct Given {
    pub(crate) settings: Settings,
    places: Vec<(String, Span)>,
}

impl Given {
    /// The location of the setting called `name`.
    pub(crate) fn place(&self, name: &str) -> Span {
        let place = self.places.iter().find(|(given, _)| given == name);
        place.map_or_else(Span::call_site, |(_, place)| *place)
    }

    /// Reads the setting called `name`.
    pub(crate) fn read(&mut self, name: &str, meta: &Meta, errors: &mut Errors) {
        self.places.push((name.to_owned(), meta.span()));
        let settings = &mut self.settings;
        match name {
            "abort_timeout" => settings.abort_timeout = time(name, meta, errors),
            "encoding" => settings.encoding = encoding(meta, errors),
            "idempotency_retention" => settings.idempotency_retention = time(name, meta, errors),
            "inactivity_timeout" => settings.inactivity_timeout = time(name, meta, errors),
            "journal_retention" => settings.journal_retention = time(name, meta, errors),
            "keep_headers" => settings.keep_headers = headers(meta, errors),
            "lazy_state" => settings.lazy_state = flag(name, meta, errors),
            "private" => settings.private = flag(name, meta, errors),
            "retries" => read_retries(meta, settings, errors),
            "schedule" => settings.schedule = schedule(meta, errors),
            "workflow_retention" => settings.workflow_retention = time(name, meta, errors),
            _ => unreachable!("`{name}` is not one of `NAMES`"),
        }
    }
}

fn read_retries(meta: &Meta, settings: &mut Settings, errors: &mut Errors) {
    const KNOWN: &str =
        "`initial_interval`, `factor`, `max_interval`, `max_attempts` and `on_max_attempts`";
    let Meta::List(MetaList { tokens, .. }) = meta else {
        errors.push(meta, "`retries` takes a list, such as `retries(max_attempts = 5)`");
        return;
    };
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let metas = match parser.parse2(tokens.clone()) {
        Ok(metas) => metas,
        Err(error) => return errors.add(error),
    };
    let retries = &mut settings.retries;
    for meta in &metas {
        let name = meta.path().to_token_stream().to_string();
        match name.as_str() {
            "initial_interval" => retries.initial_interval = time(&name, meta, errors),
            "factor" => retries.factor = number(&name, meta, "2.0", errors),
            "max_interval" => retries.max_interval = time(&name, meta, errors),
            "max_attempts" => retries.max_attempts = number(&name, meta, "5", errors),
            "on_max_attempts" => retries.on_max_attempts = on_max_attempts(meta, errors),
            _ => errors.push(meta.path(), format!("`retries` has no `{name}`; it takes {KNOWN}")),
        }
    }
}

fn schedule(meta: &Meta, errors: &mut Errors) -> Option<Schedule> {
    const KNOWN: &str = "`cron`, `time_zone`, `interval`, `jitter`, `overlap`, `catch_up`, `window`, `key` and \
                         `request`";
    let Meta::List(MetaList { tokens, .. }) = meta else {
        errors.push(meta, "`schedule` takes a list, such as `schedule(cron = \"0 9 * * *\")`");
        return None;
    };
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let metas = match parser.parse2(tokens.clone()) {
        Ok(metas) => metas,
        Err(error) => {
            errors.add(error);
            return None;
        }
    };
    let mut schedule = Schedule::default();
    for meta in &metas {
        let name = meta.path().to_token_stream().to_string();
        match name.as_str() {
            "cron" => schedule.cron = string(&name, meta, errors),
            "time_zone" => schedule.time_zone = string(&name, meta, errors),
            "interval" => schedule.interval = time(&name, meta, errors),
            "jitter" => schedule.jitter = time(&name, meta, errors),
            "overlap" => schedule.overlap = overlap(meta, errors),
            "catch_up" => schedule.catch_up = catch_up(meta, errors),
            "window" => schedule.window = time(&name, meta, errors),
            "key" => schedule.key = string(&name, meta, errors),
            "request" => schedule.request = string(&name, meta, errors),
            _ => errors.push(meta.path(), format!("`schedule` has no `{name}`; it takes {KNOWN}")),
        }
    }
    Some(schedule)
}

fn string(name: &str, meta: &Meta, errors: &mut Errors) -> Option<String> {
    let string = text(meta).map(LitStr::value);
    if string.is_none() {
        errors.push(meta, format!("`{name}` must be a string, such as `{name} = \"..\"`"));
    }
    string
}

fn overlap(meta: &Meta, errors: &mut Errors) -> Option<Overlap> {
    match text(meta).map(LitStr::value).as_deref() {
        Some("skip") => Some(Overlap::Skip),
        Some("queue") => Some(Overlap::Queue),
        Some("cancel") => Some(Overlap::Cancel),
        Some("allow") => Some(Overlap::Allow),
        _ => {
            let message = "`overlap` must be `\"skip\"`, `\"queue\"`, `\"cancel\"` or `\"allow\"`";
            errors.push(meta, message);
            None
        }
    }
}

fn catch_up(meta: &Meta, errors: &mut Errors) -> Option<CatchUp> {
    match text(meta).map(LitStr::value).as_deref() {
        Some("last") => Some(CatchUp::Last),
        Some("none") => Some(CatchUp::None),
        Some("all") => Some(CatchUp::All),
        _ => {
            errors.push(meta, "`catch_up` must be `\"last\"`, `\"none\"` or `\"all\"`");
            None
        }
    }
}

fn time(name: &str, meta: &Meta, errors: &mut Errors) -> Option<Duration> {
    let time = text(meta).and_then(|text| duration(&text.value()));
    if time.is_none() {
        let message = format!(
            "`{name}` must be a duration, a whole number and a unit (`ms`, `s`, `m`, `h` or `d`), \
             such as `{name} = \"30s\"`"
        );
        errors.push(meta, message);
    }
    time
}

fn flag(name: &str, meta: &Meta, errors: &mut Errors) -> Option<bool> {
    if let Some(Lit::Bool(flag)) = literal(meta) {
        return Some(flag.value);
    }
    errors.push(meta, format!("`{name}` must be `true` or `false`, such as `{name} = true`"));
    None
}

fn number<N: FromStr>(name: &str, meta: &Meta, like: &str, errors: &mut Errors) -> Option<N> {
    let number = match literal(meta) {
        Some(Lit::Int(number)) => number.base10_digits().parse().ok(),
        Some(Lit::Float(number)) => number.base10_digits().parse().ok(),
        _ => None,
    };
    if number.is_none() {
        errors.push(meta, format!("`{name}` must be a number, such as `{name} = {like}`"));
    }
    number
}

fn on_max_attempts(meta: &Meta, errors: &mut Errors) -> Option<OnMaxAttempts> {
    match text(meta).map(LitStr::value).as_deref() {
        Some("pause") => Some(OnMaxAttempts::Pause),
        Some("kill") => Some(OnMaxAttempts::Kill),
        _ => {
            errors.push(meta, "`on_max_attempts` must be `\"pause\"` or `\"kill\"`");
            None
        }
    }
}

fn encoding(meta: &Meta, errors: &mut Errors) -> Option<Encoding> {
    match text(meta).map(LitStr::value).as_deref() {
        Some("binary") => Some(Encoding::Binary),
        Some("json") => Some(Encoding::Json),
        _ => {
            errors.push(meta, "`encoding` must be `\"binary\"` or `\"json\"`");
            None
        }
    }
}

fn headers(meta: &Meta, errors: &mut Errors) -> Vec<String> {
    let parser = Punctuated::<LitStr, Token![,]>::parse_terminated;
    let names = match meta {
        Meta::List(MetaList { tokens, .. }) => parser.parse2(tokens.clone()).ok(),
        _ => None,
    };
    let names = names.filter(|names| !names.is_empty());
    if names.is_none() {
        let message =
            "`keep_headers` takes names of headers, such as `keep_headers(\"authorization\")`";
        errors.push(meta, message);
    }
    names.into_iter().flatten().map(|name| name.value()).collect()
}

/// The string value of an argument.
pub(crate) fn text(meta: &Meta) -> Option<&LitStr> {
    match literal(meta)? {
        Lit::Str(text) => Some(text),
        _ => None,
    }
}

fn literal(meta: &Meta) -> Option<&Lit> {
    let Meta::NameValue(pair) = meta else { return None };
    let Expr::Lit(ExprLit { lit, .. }) = &pair.value else { return None };
    Some(lit)
}
