//! The pages of the guide: their Rust code is compiled and run as documentation tests of this crate.

macro_rules! pages {
    ($($name:ident: $file:literal,)*) => {$(
        #[doc = include_str!(concat!("../../../docs/guide/", $file))]
        pub mod $name {}
    )*};
}

// Not `tutorial.md`: its code is the files of this package, which `tests/tutorial.rs` compares.
pages! {
    introduction: "../introduction.md",
    concepts: "concepts.md",
    handlers: "handlers.md",
    errors: "errors.md",
    idempotency: "idempotency.md",
    cancellation: "cancellation.md",
    timeouts: "timeouts.md",
    events: "events.md",
    changes: "changes.md",
    gate: "gate.md",
    testing: "testing.md",
    observability: "observability.md",
    fan_out: "fan-out.md",
    http_and_grpc: "http-and-grpc.md",
    languages: "languages.md",
    moving: "move.md",
    operations: "operations.md",
    outbox: "outbox.md",
    protobuf: "../protobuf.md",
    schedules: "../schedules.md",
    questions: "questions.md",
    sdk_go: "sdk-go.md",
    sdk_rust: "sdk-rust.md",
    tonic: "tonic.md",
}

// Their listings need features that no other page needs.
#[cfg(feature = "rare")]
pages! {
    protection: "security.md",
    security: "../security.md",
    traces: "../traces.md",
}
