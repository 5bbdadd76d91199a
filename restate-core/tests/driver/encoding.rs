//! The encodings of requests, responses and state.

use restate_core::{
    Call, Context, Encoding, ObjectContext, Payload, Service, Settings, Target,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
    well_known::{StringValue, Struct},
};

use crate::{clients::handler, script::Script};

fn text(value: &str) -> StringValue {
    StringValue { value: value.to_owned() }
}

fn shout(ctx: ObjectContext<'_>) -> Call<ObjectContext<'_>, StringValue, StringValue> {
    Call::new(&ctx, Target::service("Peer", "shout"), text("hi"))
}

fn asked_for_json() -> Script {
    Script::start("", |ctx, _| {
        handler(async move { Ok(shout(ctx).json().await?.encode(Encoding::Raw)?) })
    })
}

const ASKED: &str = r#"call #1 #2 Peer/shout "\"hi\"" content-type: application/json"#;

#[test]
fn a_message_is_binary_unless_json_is_asked_for() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move { Ok(shout(ctx).await?.encode(Encoding::Raw)?) })
    });
    assert_eq!(script.sent(), [r#"call #1 #2 Peer/shout "\n\u{2}hi""#]);
    assert_eq!(asked_for_json().sent(), [ASKED]);
}

#[test]
fn a_caller_that_asks_for_json_reads_either_encoding() {
    for answer in [r#""HI""#, "\n\u{2}HI"] {
        let mut script = asked_for_json();
        assert_eq!(script.sent(), [ASKED]);
        script.respond(2, answer);
        assert_eq!(script.sent(), [r#"output "\n\u{2}HI""#, "end"]);
    }
}

#[test]
fn one_way_calls_are_encoded_alike() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            shout(ctx).json().one_way().await?;
            Ok(Vec::new().into())
        })
    });
    let sent = r#"send #1 Peer/shout "\"hi\"" content-type: application/json"#;
    assert_eq!(script.sent(), [sent, r#"output """#, "end"]);
}

#[test]
fn messages_that_were_written_as_json_are_read_as_json() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let sent: Struct = ctx.signal("fields").await?;
            let keys: Vec<_> = sent.fields.into_keys().collect();
            Ok(keys.join(" ").encode(Encoding::Json)?)
        })
    });
    script.sent();
    script.named_signal("fields", r#"{"a":1,"b":true}"#);
    assert_eq!(script.sent(), [r#"output "\"a b\"""#, "end"]);
}

/// Returns its request.
struct Echo(&'static ServiceDescriptor);

impl Service for Echo {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        self.0
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|_: Context<'_>, fields: Struct| async { Ok(fields) })
    }
}

#[test]
fn the_response_is_encoded_as_the_request_or_as_the_contract_says() {
    const ECHO: HandlerDescriptor = HandlerDescriptor::plain::<Struct, Struct>("test");
    const JSON: Settings = Settings::new().encoding(Encoding::Json);
    const BINARY: Settings = Settings::new().encoding(Encoding::Proto);
    static FREE: ServiceDescriptor = ServiceDescriptor::service("Echo", &[ECHO]);
    static PINNED: ServiceDescriptor = ServiceDescriptor::service("Echo", &[ECHO]).settings(JSON);
    static BY_HANDLER: ServiceDescriptor =
        ServiceDescriptor::service("Echo", &[ECHO.settings(BINARY)]).settings(JSON);

    for (service, request, answer, encoding) in [
        (&FREE, "", r#"output """#, Encoding::Proto),
        (&FREE, "{}", r#"output "{}""#, Encoding::Json),
        (&PINNED, "", r#"output "{}""#, Encoding::Json),
        (&BY_HANDLER, "{}", r#"output """#, Encoding::Proto),
    ] {
        let mut script = Script::start_service(request, Echo(service));
        assert_eq!(script.sent(), [answer, "end"]);
        assert_eq!(script.response_encoding(), Some(encoding));
    }
}
