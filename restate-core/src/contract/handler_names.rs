//! The names under which callers find a handler, besides its own.

use super::{
    handler_descriptor::{HandlerDescriptor, HandlerKind},
    service_descriptor::{ServiceDescriptor, ServiceKind},
};

/// The handler of a service that callers mean by `name`.
///
/// It is the one with this name, if there is one. Otherwise `run` is the run handler of a workflow,
/// because Restate's client for TypeScript submits every workflow under that name; and a name in lower
/// camel case, such as `sayHello`, is the only handler that has it in another case, such as `SayHello` in
/// a `.proto` file, because that is how other SDKs name handlers. A Restate server knows only the names
/// that a deployment has registered: there, contracts set the `name` of a handler.
#[doc(hidden)]
pub fn handler_called(
    service: &ServiceDescriptor,
    name: &str,
) -> Option<&'static HandlerDescriptor> {
    let handlers = service.handlers().iter();
    service.handler(name).or_else(|| {
        let is_run = |handler: &&HandlerDescriptor| handler.kind() == HandlerKind::Run;
        if name == "run" && service.kind() == ServiceKind::Workflow {
            return handlers.clone().find(is_run);
        }
        let mut found = handlers.filter(|handler| lower_camel(handler.name()) == name);
        found.next().filter(|_| found.next().is_none())
    })
}

/// The handler of a service of another program that serves an rpc of a contract: the one with its name, the run
/// handler of a workflow for its run, or else the only one that has the name in another case.
#[doc(hidden)]
pub fn handler_of_rpc(
    service: &ServiceDescriptor,
    name: &str,
    is_run: bool,
) -> Option<&'static HandlerDescriptor> {
    let by_kind = || if is_run { handler_called(service, "run") } else { None };
    let is_other = |it: &&HandlerDescriptor| it.kind() != HandlerKind::Run;
    let by_case = || handler_called(service, &lower_camel(name)).filter(is_other);
    service.handler(name).or_else(by_kind).or_else(by_case)
}

/// `SayHello` and `say_hello` as `sayHello`.
fn lower_camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for word in name.split('_').filter(|word| !word.is_empty()) {
        let mut letters = word.chars();
        let first = letters.next().into_iter();
        if camel.is_empty() {
            camel.extend(first.flat_map(char::to_lowercase));
        } else {
            camel.extend(first.flat_map(char::to_uppercase));
        }
        camel.push_str(letters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn plain(name: &'static str) -> HandlerDescriptor {
        HandlerDescriptor::plain::<(), ()>(name)
    }

    fn found(service: &ServiceDescriptor, name: &str) -> Option<&'static str> {
        handler_called(service, name).map(HandlerDescriptor::name)
    }

    #[test]
    fn lower_camel_case_finds_the_only_handler_it_can_mean() {
        const SERVICE: ServiceDescriptor = ServiceDescriptor::service(
            "S",
            &[
                plain("SayHello"),
                plain("say_bye"),
                plain("Twice"),
                plain("twice"),
                plain("GetItem"),
                plain("get_item"),
                plain("XML"),
            ],
        );
        for (name, handler) in [
            ("SayHello", Some("SayHello")),
            ("sayHello", Some("SayHello")),
            ("sayBye", Some("say_bye")),
            ("Twice", Some("Twice")),
            ("twice", Some("twice")),
            ("getItem", None),
            ("xML", Some("XML")),
            ("sayhello", None),
            ("SAYHELLO", None),
            ("say_hello", None),
            ("SayBye", None),
            ("run", None),
            ("", None),
        ] {
            assert_eq!(found(&SERVICE, name), handler, "{name}");
        }
    }

    #[test]
    fn an_rpc_is_served_by_the_only_handler_that_has_its_name_in_another_case() {
        const SERVICE: ServiceDescriptor = ServiceDescriptor::workflow(
            "W",
            &[
                HandlerDescriptor::run::<(), ()>("start"),
                HandlerDescriptor::shared::<(), ()>("shipParcel"),
                HandlerDescriptor::shared::<(), ()>("ship_back"),
                HandlerDescriptor::shared::<(), ()>("Wait"),
            ],
        );
        let found = |name, is_run| handler_of_rpc(&SERVICE, name, is_run).map(|it| it.name());
        assert_eq!(found("ShipParcel", false), Some("shipParcel"));
        assert_eq!(found("ShipBack", false), Some("ship_back"));
        assert_eq!(found("Wait", false), Some("Wait"));
        assert_eq!(found("Run", true), Some("start"));
        assert_eq!(found("Run", false), None);
        assert_eq!(found("Shipparcel", false), None);
    }

    #[test]
    fn run_is_the_run_of_a_workflow() {
        const NAMED: ServiceDescriptor = ServiceDescriptor::workflow(
            "W",
            &[
                HandlerDescriptor::run::<(), ()>("Execute"),
                HandlerDescriptor::shared::<(), ()>("Run"),
            ],
        );
        assert_eq!(found(&NAMED, "run"), Some("Execute"));
        assert_eq!(found(&NAMED, "Run"), Some("Run"));
        assert_eq!(found(&NAMED, "execute"), Some("Execute"));
    }
}
