use std::time::Duration;

use restate_core::{
    HandlerDescriptor, HandlerFuture, Incoming, Retries, Service, ServiceDescriptor, Settings,
};
use restate_endpoint::{Builder, Endpoint};

use crate::services::Waiting;

struct Described(&'static ServiceDescriptor);

impl Service for Described {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        self.0
    }

    fn handle<'a>(&'a self, handler: &str, incoming: Incoming<'a>) -> HandlerFuture<'a> {
        incoming.unknown_handler(handler)
    }
}

fn error(builder: Builder) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn two_services_of_the_same_name_are_refused() {
    let waiting = Waiting::new().0;
    assert_eq!(
        error(Endpoint::builder().bind(waiting.clone()).bind(waiting)),
        "service `test.Waiting` is bound twice; a name stands for one service"
    );
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
fn a_setting_where_it_means_nothing_is_refused() {
    let retention = Settings::new().workflow_retention(Duration::from_secs(1));
    assert_eq!(
        error(Endpoint::builder().bind_with(Waiting::new().0, retention)),
        "a setting of `test.Waiting` means nothing: \
         `workflow_retention` is about the `run` handler of a workflow"
    );
    let shrinking = Settings::new().retries(Retries::new().factor(f64::NAN));
    assert_eq!(
        error(Endpoint::builder().bind_with(Waiting::new().0, shrinking)),
        "a setting of `test.Waiting` means nothing: \
         the factor of `retries` has to be a number above 0"
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
        "a setting of `Signup/Run` means nothing: \
         a `run` handler runs once for each key anyway; set `workflow_retention`"
    );
}
