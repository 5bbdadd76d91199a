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
    errors: "errors.md",
    idempotency: "idempotency.md",
    cancellation: "cancellation.md",
    timeouts: "timeouts.md",
    events: "events.md",
    changes: "changes.md",
    testing: "testing.md",
    observability: "observability.md",
    sdk_rust: "sdk-rust.md",
}
