//! Singleton objects.

use restate_core::{
    ObjectContext, Service,
    attempt::{HandlerFuture, HandlerRequest},
    call::ServiceName,
    contract::{ServiceDescriptor, codec},
};

use crate::script::Script;

const SEQUENCE: ServiceName = ServiceName::new("Sequence");

/// Calls itself with its request.
struct Sequence;

impl Service for Sequence {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        static DESCRIPTOR: ServiceDescriptor =
            ServiceDescriptor::object("Sequence", &[codec::<i64, ()>().exclusive("test")]);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        codec::<i64, ()>().serve_singleton(
            incoming,
            self,
            |_, ctx: ObjectContext<'a>, step| async move {
                SEQUENCE.call_singleton::<_, i64, ()>(&ctx, "test", step).one_way().await?;
                Ok(())
            },
        )
    }
}

#[test]
fn s4_a_singleton_is_called_under_a_key_of_its_own() {
    let mut script = Script::start_service("7", Sequence).with_key("singleton");
    let sent = r#"send #1 Sequence/singleton/test "7""#;
    assert_eq!(script.sent(), [sent, r#"output """#, "end"]);
}

#[test]
fn s4_a_singleton_is_refused_under_any_other_key() {
    let mut script = Script::start_service("7", Sequence).with_key("7");
    let refused = "output failure 400 \"there is one object of this kind, under the key \
                   `singleton`; it was called under `7`\"";
    assert_eq!(script.sent(), [refused, "end"]);
}
