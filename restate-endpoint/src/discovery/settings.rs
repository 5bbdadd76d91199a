//! Settings of services and handlers in the form of the manifest.

use std::{fmt, time::Duration};

use restate_core::{OnMaxAttempts, RetryPolicy, Settings};
use serde::Serialize;

use super::ManifestVersion;

/// [`Settings`] in the form of the manifest; durations in milliseconds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SettingsEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    inactivity_timeout: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    abort_timeout: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    journal_retention: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_retention: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow_completion_retention: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_lazy_state: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ingress_private: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_policy_initial_interval: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_policy_max_interval: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_policy_max_attempts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_policy_exponentiation_factor: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_policy_on_max_attempts: Option<&'static str>,
}

impl SettingsEntry {
    pub(super) fn new(settings: &Settings) -> Result<Self, &'static str> {
        let retries = &settings.retry_policy;
        if retries.factor.is_some_and(|factor| !factor.is_finite() || factor <= 0.0) {
            return Err("the factor of the retry policy has to be a finite number above 0");
        }
        Ok(Self {
            inactivity_timeout: settings.inactivity_timeout.map(milliseconds),
            abort_timeout: settings.abort_timeout.map(milliseconds),
            journal_retention: settings.journal_retention.map(milliseconds),
            idempotency_retention: settings.idempotency_retention.map(milliseconds),
            workflow_completion_retention: settings.workflow_retention.map(milliseconds),
            enable_lazy_state: settings.lazy_state,
            ingress_private: settings.private,
            retry_policy_initial_interval: retries.initial_interval.map(retry_delay),
            retry_policy_max_interval: retries.max_interval.map(retry_delay),
            retry_policy_max_attempts: retries.max_attempts.map(u64::from),
            retry_policy_exponentiation_factor: retries.factor,
            retry_policy_on_max_attempts: settings.on_max_attempts.map(|then| match then {
                OnMaxAttempts::Pause => "PAUSE",
                OnMaxAttempts::Kill => "KILL",
            }),
        })
    }

    /// The setting that `version` has no field for, if any.
    pub(super) fn unsupported_in(
        &self,
        version: ManifestVersion,
        service: &'static str,
        handler: Option<&'static str>,
    ) -> Option<UnsupportedSetting> {
        let (setting, since) = self.newest();
        (since > version).then_some(UnsupportedSetting {
            setting,
            service,
            handler,
            since,
            version,
        })
    }

    /// The setting that needs the newest version, and that version.
    fn newest(&self) -> (&'static str, ManifestVersion) {
        let since_v4 = self.retry_policy_initial_interval.is_some()
            || self.retry_policy_max_interval.is_some()
            || self.retry_policy_max_attempts.is_some()
            || self.retry_policy_exponentiation_factor.is_some()
            || self.retry_policy_on_max_attempts.is_some();
        if since_v4 {
            return ("retry_policy", ManifestVersion::V4);
        }
        let since_v3 = [
            ("inactivity_timeout", self.inactivity_timeout.is_some()),
            ("abort_timeout", self.abort_timeout.is_some()),
            ("journal_retention", self.journal_retention.is_some()),
            ("idempotency_retention", self.idempotency_retention.is_some()),
            ("workflow_retention", self.workflow_completion_retention.is_some()),
            ("lazy_state", self.enable_lazy_state.is_some()),
            ("private", self.ingress_private.is_some()),
        ];
        match since_v3.into_iter().find(|(_, is_set)| *is_set) {
            Some((setting, _)) => (setting, ManifestVersion::V3),
            None => ("", ManifestVersion::V2),
        }
    }
}

fn retry_delay(delay: Duration) -> u64 {
    milliseconds(delay.min(RetryPolicy::MAX_DELAY))
}

/// Rounded up, so that no timeout becomes shorter.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// A setting that the requested version of the manifest has no field for.
#[derive(Debug)]
pub(crate) struct UnsupportedSetting {
    setting: &'static str,
    service: &'static str,
    handler: Option<&'static str>,
    since: ManifestVersion,
    version: ManifestVersion,
}

impl fmt::Display for UnsupportedSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, service, handler, since, version } = self;
        write!(f, "`{setting}` of `{service}")?;
        if let Some(handler) = handler {
            write!(f, "/{handler}")?;
        }
        write!(
            f,
            "` needs version {} of the manifest, and the server asks for {}; \
             upgrade the server, or leave the setting out",
            *since as u8, *version as u8
        )
    }
}
