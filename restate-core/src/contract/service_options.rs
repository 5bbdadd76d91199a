//! Settings given where a service is bound; they override those of its contract.

use std::{error::Error, fmt};

use crate::contract::{
    handler_descriptor::HandlerDescriptor, service_descriptor::ServiceDescriptor,
    settings::Settings,
};

/// Settings that override those of a service's contract; engines accept them in `bind_with`.
///
/// As in a contract, a handler's settings override those of its service. What nothing here sets
/// stays as the contract has it.
///
/// ```
/// use std::time::Duration;
/// use restate_core::{ServiceOptions, Settings};
///
/// let hidden = ServiceOptions::new(Settings::new().private(true))
///     .handler("Greet", Settings::new().private(false))
///     .handler("Import", Settings::new().inactivity_timeout(Duration::from_secs(600)));
/// # let _ = hidden;
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceOptions {
    service: Settings,
    handlers: Vec<(String, Settings)>,
}

impl ServiceOptions {
    /// Settings of the service.
    pub fn new(service: Settings) -> Self {
        Self { service, handlers: Vec::new() }
    }

    /// Adds settings of the handler with this wire name.
    #[must_use]
    pub fn handler(mut self, name: impl Into<String>, settings: Settings) -> Self {
        self.handlers.push((name.into(), settings));
        self
    }

    /// The description with these settings in it, or `None` if nothing is set here.
    ///
    /// # Errors
    ///
    /// When the service has no handler of a name that was given.
    pub(crate) fn describe(
        self,
        contract: &ServiceDescriptor,
    ) -> Result<Option<&'static ServiceDescriptor>, NoSuchHandler> {
        if self == Self::default() {
            return Ok(None);
        }
        if let Some((name, _)) = self.handlers.iter().find(|it| contract.handler(&it.0).is_none()) {
            return Err(NoSuchHandler { service: contract.name(), handler: name.clone() });
        }
        let handlers: Vec<_> = contract.handlers().iter().map(|it| self.of_handler(*it)).collect();
        let settings = in_place_of(self.service, &contract.settings);
        let descriptor = contract.with_handlers(handlers.leak()).settings(settings);
        // Descriptions live as long as the program, and services are bound when it starts.
        Ok(Some(Box::leak(Box::new(descriptor))))
    }

    fn of_handler(&self, contract: HandlerDescriptor) -> HandlerDescriptor {
        let given = self.handlers.iter().rev().filter(|(name, _)| name == contract.name());
        let given = given.fold(Settings::new(), |later, (_, settings)| later.or(*settings));
        contract.settings(in_place_of(given, &contract.settings))
    }
}

impl From<Settings> for ServiceOptions {
    fn from(service: Settings) -> Self {
        Self::new(service)
    }
}

/// Keeps the settings that the handlers' code or both sides of the contract rely on: overriding them at
/// bind time would break one of the two.
fn in_place_of(given: Settings, contract: &Settings) -> Settings {
    let Settings { explicit_cancellation, encoding, .. } = *contract;
    Settings { explicit_cancellation, encoding, ..given }.or(*contract)
}

/// Settings were given for a handler that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchHandler {
    service: &'static str,
    handler: String,
}

impl fmt::Display for NoSuchHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, handler } = self;
        write!(
            f,
            "settings are given for handler `{handler}`, which `{service}` does not have; name it \
             as callers do"
        )
    }
}

impl Error for NoSuchHandler {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Encoding;

    const ADD: Settings = Settings::new().private(true).encoding(Encoding::Json);
    const HANDLERS: &[HandlerDescriptor] = &[
        HandlerDescriptor::exclusive::<u32, u32>("Add").settings(ADD),
        HandlerDescriptor::shared::<(), u32>("Read"),
    ];
    const CONTRACT: ServiceDescriptor =
        ServiceDescriptor::object("Counter", HANDLERS).settings(Settings::new().lazy_state(true));

    #[test]
    fn given_settings_override_the_contract_and_the_rest_stays() {
        let overrides = ServiceOptions::new(Settings::new().private(true).explicit_cancellation())
            .handler("Add", Settings::new().private(true).lazy_state(false))
            .handler("Add", Settings::new().private(false).encoding(Encoding::Proto));
        let descriptor = overrides.describe(&CONTRACT).unwrap().expect("settings are given");
        assert_eq!(descriptor.settings, Settings::new().lazy_state(true).private(true));
        let add = Settings::new().private(false).lazy_state(false).encoding(Encoding::Json);
        assert_eq!(descriptor.handler("Add").unwrap().settings, add);
        assert_eq!(descriptor.settings_of("Read"), descriptor.settings);
    }

    #[test]
    fn a_handler_that_is_not_there_is_named() {
        let overrides = ServiceOptions::default().handler("add", Settings::new().private(true));
        let error = overrides.describe(&CONTRACT).unwrap_err().to_string();
        assert!(
            error.starts_with("settings are given for handler `add`, which `Counter` does not")
        );
    }
}
