//! The code for contracts of editions 2023 and 2024 compiles, and its bytes and JSON are protobuf's.
//!
//! `buf.rs` generates the files in `editions/` and compares them.

#![allow(missing_docs, reason = "as in the contracts")]
#![deny(warnings)]

pub mod editions {
    pub mod v1 {
        include!("editions/editions.v1.rs");
    }

    pub mod modern {
        pub mod v1 {
            include!("editions/editions.modern.v1.rs");
        }
    }
}

use restate_core::{Encoding, Payload};

use self::editions::v1::{
    Closed, Forms, Implied, Open,
    forms::{self, Inner},
    implied,
};

fn forms() -> Forms {
    Forms {
        id: "k".to_owned(),
        explicit: Some(0),
        implicit: 0,
        required: 0,
        packed: vec![1, 2],
        expanded: vec![3, 4],
        prefixed: Some(Inner { number: 1, flag: None }),
        delimited: Some(Inner { number: 2, flag: Some(false) }),
        many: vec![Inner::default(), Inner { number: 3, flag: None }],
        by_name: [
            ("b".to_owned(), Inner { number: 4, flag: None }),
            ("a".to_owned(), Inner { number: 0, flag: Some(true) }),
        ]
        .into(),
        unchecked: Some(String::new()),
        open: Open::Unspecified.into(),
        closed: Some(Closed::Two.into()),
        chosen: Some(Closed::Three.into()),
        preset: Some(5),
        data: Some(Vec::new().into()),
        opens: vec![Open::One.into(), Open::Unspecified.into()],
        closeds: vec![Closed::Two.into(), Closed::Three.into()],
        choice: Some(forms::Choice::Group(Inner { number: 0, flag: Some(true) })),
    }
}

fn implied() -> Implied {
    Implied {
        number: 0,
        numbers: vec![1, 2],
        child: Some(Box::new(Implied { number: 3, ..Implied::default() })),
        children: [(1, Implied { number: 4, ..Implied::default() })].into(),
        foo_bar: String::new(),
        foobar: "x".to_owned(),
        level: Some(implied::Level::Low.into()),
        choice: Some(implied::Choice::Other(Box::default())),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Checks that `message` is `bytes`, which protoc has encoded (`--deterministic_output --encode`), and
/// that both are read as the same message.
fn is_encoded_as<M: Payload + Clone + PartialEq + std::fmt::Debug>(message: &M, bytes: &str) {
    let encoded = message.encode(Encoding::Proto).expect("every message has a binary form");
    assert_eq!(hex(&encoded), bytes);
    assert_eq!(M::decode(encoded, Encoding::Proto).expect("it was just written"), *message);
    let json = message.encode(Encoding::Json).expect("the message has a form in JSON");
    assert_eq!(M::decode(json, Encoding::Json).expect("it was just written"), *message);
}

#[test]
fn bytes_are_those_of_protoc() {
    is_encoded_as(
        &forms(),
        "0a016b100020002a020102300330043a0208014308021000444b4c4b08034c52070a01611202100152070a0162\
         12020804631001646a0078028001038801059201009a01020100a00102a00103",
    );
    is_encoded_as(&implied(), "100110021b08031c220608011202080432017838ffffffffffffffffff014b4c");
}

#[test]
fn json_shows_fields_with_presence() {
    let empty = Forms { required: 1, ..Forms::default() };
    assert_eq!(empty.encode(Encoding::Json).unwrap(), r#"{"required":1}"#);
    let zero = Forms { explicit: Some(0), ..empty };
    assert_eq!(zero.encode(Encoding::Json).unwrap(), r#"{"explicit":0,"required":1}"#);
}

#[test]
fn options_of_a_contract_survive() {
    use restate_core::{Service, contract::ServiceKind};

    use self::editions::{
        modern::v1::{Review, ReviewServer, RunRequest, RunResponse},
        v1::{Editor, EditorServer},
    };

    struct Idle;

    impl Editor for Idle {
        async fn edit(
            &self,
            _: restate_core::ObjectContext<'_>,
            _: Forms,
        ) -> restate_core::HandlerResult<Implied> {
            Ok(Implied::default())
        }
    }

    impl Review for Idle {
        async fn run(
            &self,
            _: restate_core::WorkflowContext<'_>,
            _: RunRequest,
        ) -> restate_core::HandlerResult<RunResponse> {
            Ok(RunResponse::default())
        }
    }

    let (editor, review) = (EditorServer::new(Idle), ReviewServer::new(Idle));
    assert_eq!(editor.descriptor().kind(), ServiceKind::Object);
    assert_eq!(editor.descriptor().documentation, "Changes by key.");
    assert_eq!(review.descriptor().kind(), ServiceKind::Workflow);
}
