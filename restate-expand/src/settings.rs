//! The settings of services and handlers.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::quote;

use crate::schedule::Schedule;

/// The settings of a service or a handler; `None` leaves the decision to the engine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// How long an attempt may be inactive before it is asked to suspend.
    pub inactivity_timeout: Option<Duration>,
    /// How long after that it is aborted.
    pub abort_timeout: Option<Duration>,
    /// How long the journal of a completed invocation is kept.
    pub journal_retention: Option<Duration>,
    /// How long the response to a request with an idempotency key is kept.
    pub idempotency_retention: Option<Duration>,
    /// How long the result, state and promises of a completed workflow are kept. Set on the
    /// workflow, it applies to the run handler.
    pub workflow_retention: Option<Duration>,
    /// Whether state is fetched on demand instead of before the attempt.
    pub lazy_state: Option<bool>,
    /// Whether only other handlers can call it.
    pub private: Option<bool>,
    /// The encoding of its messages.
    pub encoding: Option<Encoding>,
    /// Headers with secrets that the engine may store.
    pub keep_headers: Vec<String>,
    /// The retry policy of its invocations.
    pub retries: RetryPolicy,
    /// When it is called; only of handlers.
    pub schedule: Option<Schedule>,
    /// Names and values for discovery.
    pub metadata: Vec<(String, String)>,
}

/// The encoding of protobuf messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Binary protobuf.
    Binary,
    /// The canonical JSON of proto3.
    Json,
}

/// The retry policy that a contract sets; `None` leaves the decision to the engine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RetryPolicy {
    /// Delay after the first failure.
    pub initial_interval: Option<Duration>,
    /// The factor between each delay and the next.
    pub factor: Option<f64>,
    /// The longest delay.
    pub max_interval: Option<Duration>,
    /// The maximum number of attempts, including the first.
    pub max_attempts: Option<u32>,
    /// What happens after the last attempt has failed.
    pub on_max_attempts: Option<OnMaxAttempts>,
}

/// What happens to an invocation after its last attempt has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnMaxAttempts {
    /// It is paused until someone resumes it.
    Pause,
    /// It completes with the error of the last attempt.
    Kill,
}

/// Parses a duration: a whole number and a unit (`ms`, `s`, `m`, `h` or `d`), such as `30s`.
pub fn duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let millis: u64 = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(millis)?))
}

impl Settings {
    /// The calls that add these settings to a descriptor, where `krate` is the path of the library.
    pub(crate) fn calls(&self, krate: &TokenStream) -> TokenStream {
        let durations = [
            (quote!(inactivity_timeout), self.inactivity_timeout),
            (quote!(abort_timeout), self.abort_timeout),
            (quote!(journal_retention), self.journal_retention),
            (quote!(idempotency_retention), self.idempotency_retention),
            (quote!(workflow_retention), self.workflow_retention),
        ];
        let durations = durations.into_iter().filter_map(|(name, it)| duration_call(&name, it));
        let lazy_state = self.lazy_state.map(|lazy| quote!(.lazy_state(#lazy)));
        let private = self.private.map(|private| quote!(.private(#private)));
        let encoding = self.encoding.map(|encoding| match encoding {
            Encoding::Binary => quote!(.encoding(#krate::Encoding::Proto)),
            Encoding::Json => quote!(.encoding(#krate::Encoding::Json)),
        });
        let headers = &self.keep_headers;
        let keep_headers = (!headers.is_empty()).then(|| quote!(.keep_headers(&[#(#headers),*])));
        let retries = self.retries.calls(krate);
        let calls = quote!(#(#durations)* #lazy_state #private #encoding #keep_headers #retries);
        let settings =
            (!calls.is_empty()).then(|| quote!(.settings(#krate::Settings::new() #calls)));
        let schedule = self.schedule.as_ref().map(Schedule::metadata).unwrap_or_default();
        let pairs = self.metadata.iter().chain(&schedule);
        let pairs: Vec<_> = pairs.map(|(name, value)| quote!((#name, #value))).collect();
        let metadata = (!pairs.is_empty()).then(|| quote!(.metadata(&[#(#pairs),*])));
        quote!(#settings #metadata)
    }
}

impl RetryPolicy {
    fn calls(&self, krate: &TokenStream) -> TokenStream {
        let initial_interval = duration_call(&quote!(initial_interval), self.initial_interval);
        let factor = self.factor.map(|factor| quote!(.factor(#factor)));
        let max_interval = duration_call(&quote!(max_interval), self.max_interval);
        let max_attempts = self.max_attempts.map(|attempts| quote!(.max_attempts(#attempts)));
        let calls = quote!(#initial_interval #factor #max_interval #max_attempts);
        let policy =
            (!calls.is_empty()).then(|| quote!(.retry_policy(#krate::RetryPolicy::new() #calls)));
        let on_max_attempts = self.on_max_attempts.map(|action| match action {
            OnMaxAttempts::Pause => quote!(.on_max_attempts(#krate::OnMaxAttempts::Pause)),
            OnMaxAttempts::Kill => quote!(.on_max_attempts(#krate::OnMaxAttempts::Kill)),
        });
        quote!(#policy #on_max_attempts)
    }
}

fn duration_call(name: &TokenStream, duration: Option<Duration>) -> Option<TokenStream> {
    let millis = u64::try_from(duration?.as_millis()).unwrap_or(u64::MAX);
    Some(quote!(.#name(::core::time::Duration::from_millis(#millis))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        for (text, millis) in [("0s", 0), ("1500ms", 1500), ("10 m", 600_000), ("2d", 172_800_000)]
        {
            assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "10", "s", "-1s", "1.5s", "1w", "99999999999999999999s"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
