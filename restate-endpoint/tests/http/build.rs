use std::time::Duration;

use restate_core::{
    RetryPolicy, Service, Settings,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_endpoint::{Endpoint, EndpointBuilder};

use crate::services::Waiting;

struct Described(&'static ServiceDescriptor);

impl Service for Described {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        self.0
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.unknown_handler(handler)
    }
}

fn error(builder: EndpointBuilder) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn two_services_of_the_same_name_are_refused() {
    let waiting = Waiting::new().0;
    assert_eq!(
        error(Endpoint::builder().bind(waiting.clone()).bind(waiting)),
        "service `test.Waiting` is bound twice; bind one service for each name"
    );
}

/// A server would refuse it at registration, and all services with it.
#[test]
fn a_reserved_name_is_refused() {
    static RESERVED: ServiceDescriptor = ServiceDescriptor::service("Restate.v1.Greeter", &[]);
    static OPENAPI: ServiceDescriptor = ServiceDescriptor::service("openAPI", &[]);
    static ALLOWED: ServiceDescriptor = ServiceDescriptor::service("openapi.v1.Restaurant", &[]);
    for reserved in [&RESERVED, &OPENAPI] {
        let message = error(Endpoint::builder().bind(Described(reserved)));
        assert!(message.contains("has a name that Restate reserves"), "{message}");
    }
    Endpoint::builder().bind(Described(&ALLOWED)).build().unwrap();
}

#[test]
fn a_schema_that_is_not_json_is_refused() {
    const HANDLERS: &[HandlerDescriptor] =
        &[HandlerDescriptor::plain::<String, String>("Greet").schemas("{", "")];
    static GREETER: ServiceDescriptor = ServiceDescriptor::service("Greeter", HANDLERS);
    let message = error(Endpoint::builder().bind(Described(&GREETER)));
    assert!(message.starts_with("a JSON Schema of `Greeter/Greet` is not JSON: "), "{message}");
}

#[test]
fn an_invalid_setting_is_refused() {
    let retention = Settings::new().workflow_retention(Duration::from_secs(1));
    assert_eq!(
        error(Endpoint::builder().bind_with(Waiting::new().0, retention)),
        "a setting of `test.Waiting` is invalid: \
         `workflow_retention` applies to the `run` handler of a workflow; leave it out elsewhere"
    );
    let mut shrinking = RetryPolicy::new();
    shrinking.factor = Some(f64::NAN);
    let shrinking = Settings::new().retry_policy(shrinking);
    assert_eq!(
        error(Endpoint::builder().bind_with(Waiting::new().0, shrinking)),
        "a setting of `test.Waiting` is invalid: \
         the factor of the retry policy has to be a finite number above 0"
    );
}

#[test]
fn idempotency_of_a_run_handler_is_refused() {
    const SETTINGS: Settings = Settings::new().idempotency_retention(Duration::from_secs(1));
    const HANDLERS: &[HandlerDescriptor] =
        &[HandlerDescriptor::run::<String, String>("Run").settings(SETTINGS)];
    static SIGNUP: ServiceDescriptor = ServiceDescriptor::workflow("Signup", HANDLERS);
    assert_eq!(
        error(Endpoint::builder().bind(Described(&SIGNUP))),
        "a setting of `Signup/Run` is invalid: a `run` handler runs once for each key; \
         set `workflow_retention` instead of `idempotency_retention`"
    );
}
