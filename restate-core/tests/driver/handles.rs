//! The handle of an invocation inside a handler. Its methods are shown on the ingress client by
//! `restate-ingress/tests/ingress/sends.rs`, and in process by `restate-embedded/tests/client.rs`.

use restate_core::{TerminalError, wire::protocol::MessageType};

use crate::{
    clients::{GreeterClient, handler},
    script::Script,
};

#[test]
fn the_handle_of_a_one_way_call_has_every_method() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let handle = GreeterClient::new(ctx).greet("Pete").one_way().await?;
            let id = handle.invocation_id().await?;
            let before = handle.output::<String>().await?;
            let attached = handle.attach::<String>().await?;
            let after = handle.output::<String>().await?;
            handle.signal("paid", 7_u64).await?;
            let error = TerminalError::with_code(402, "declined").with_metadata("card", "visa");
            handle.reject_signal("paid", error).await?;
            handle.cancel().await?;
            Ok(format!("{id} {before:?} {attached} {after:?}").into())
        })
    });
    script.sent();
    script.started(1, "inv_callee");
    assert_eq!(script.sent(), ["output-of #2 inv_callee"]);
    script.void(MessageType::GetInvocationOutputCompletion, 2);
    assert_eq!(script.sent(), ["attach #3 inv_callee"]);
    script.value(MessageType::AttachInvocationCompletion, 3, r#""Hello""#);
    assert_eq!(script.sent(), ["output-of #4 inv_callee"]);
    script.value(MessageType::GetInvocationOutputCompletion, 4, r#""Hello""#);
    assert_eq!(
        script.sent(),
        [
            r#"signal inv_callee Name("paid")"#,
            r#"signal inv_callee Name("paid")"#,
            "signal inv_callee Idx(1)",
            r#"output "inv_callee None Hello Some(\"Hello\")""#,
            "end"
        ]
    );
}
