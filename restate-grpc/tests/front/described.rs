//! What the files of a contract tell of a handler is what generated code has of it.

use std::path::Path;

use bytes::Bytes;
use protox::Compiler;
use restate_core::{
    Service as _,
    contract::{Description, HandlerDescriptor, HandlerKind, ServiceDescriptor},
};
use restate_grpc::{Contracts, DefaultEncoding, RemoteContracts};
use serde_json::{Value, json};

#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    dead_code,
    reason = "generated"
)]
mod every_form {
    include!("../../../restate-codegen/tests/golden/forms.v1.rs");
}

#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    dead_code,
    reason = "generated"
)]
pub(crate) mod secrets {
    include!("../../../restate-codegen/tests/golden/secrets.v1.rs");
}

/// The descriptor set of one of these contracts.
pub(crate) fn descriptor_set(file: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../restate-codegen");
    let mut compiler = Compiler::new([root.join("tests/golden"), root.join("proto")]).unwrap();
    compiler.include_imports(true).open_file(file).unwrap();
    compiler.encode_file_descriptor_set()
}

/// A service of another program with one handler, and what the contract in `file` tells of it.
fn described(
    file: &str,
    kind: HandlerKind,
    service: fn(&'static str, &'static [HandlerDescriptor]) -> ServiceDescriptor,
    [name, handler, content_type]: [&'static str; 3],
) -> &'static ServiceDescriptor {
    let set = descriptor_set(file);
    let contracts = Contracts::read(&set, DefaultEncoding::AsRequest).unwrap();
    let description = Box::leak(Box::new(Description {
        input_content_type: Some(content_type),
        output_content_type: Some(content_type),
        ..Description::default()
    }));
    let handlers = vec![HandlerDescriptor::described(handler, kind, description)];
    let known = Box::leak(Box::new(service(name, handlers.leak())));
    RemoteContracts::new(contracts).describe(known)
}

fn accounts(content_type: &'static str) -> &'static HandlerDescriptor {
    let names = ["secrets.v1.Accounts", "open", content_type];
    let kind = HandlerKind::Exclusive;
    let service = described("secrets.proto", kind, ServiceDescriptor::object, names);
    assert!(service.has_redacted_fields());
    service.rpc("Open").unwrap()
}

#[test]
fn schemas_are_those_of_generated_code() {
    struct Nobody;

    impl every_form::Echo for Nobody {
        async fn echo(
            &self,
            _: restate_core::Context<'_>,
            request: every_form::Forms,
        ) -> restate_core::HandlerResult<every_form::Forms> {
            Ok(request)
        }
    }

    impl secrets::Accounts for Nobody {
        async fn open(
            &self,
            _: restate_core::ObjectContext<'_>,
            _: secrets::OpenRequest,
        ) -> restate_core::HandlerResult<secrets::OpenResponse> {
            Ok(secrets::OpenResponse::default())
        }
    }

    let names = ["forms.v1.Echo", "Echo", "application/json"];
    let echo = described("forms.proto", HandlerKind::Plain, ServiceDescriptor::service, names);
    let generated = [
        every_form::EchoServer::new(Nobody).descriptor().rpc("Echo").unwrap(),
        secrets::AccountsServer::new(Nobody).descriptor().rpc("Open").unwrap(),
    ];
    let read = [echo.rpc("Echo").unwrap(), accounts("application/json")];
    for (generated, read) in generated.into_iter().zip(read) {
        let schemas = |it: &HandlerDescriptor| {
            let schemas = [it.input_schema().unwrap(), it.output_schema().unwrap()];
            schemas.map(|schema| serde_json::from_str::<Value>(&schema).unwrap())
        };
        assert_eq!(schemas(read), schemas(generated), "{}", read.rpc_name());
        assert_eq!(read.key_name(), generated.key_name());
        assert_eq!(read.has_redacted_request(), generated.has_redacted_request());
    }
}

/// A request with a secret in each field that has one.
const REQUEST: &str = r#"{
    "account": "a-1", "password": "secret", "pin": 7, "codes": ["secret", "secret"],
    "answers": { "a": "secret" }, "limits": { "a": 1 },
    "owner": { "name": "Ann", "address": "secret" }, "note": "secret", "signature": "c2VjcmV0",
    "level": "LEVEL_HIGH"
}"#;

#[test]
fn people_do_not_see_what_the_contract_hides() {
    let hidden = "[redacted]";
    let expected = json!({
        "account": "a-1", "password": hidden, "pin": hidden, "codes": hidden, "answers": hidden,
        "limits": { "a": 1 }, "owner": { "name": "Ann", "address": hidden }, "note": hidden,
        "signature": hidden, "level": hidden,
    });
    for content_type in ["application/json", "application/proto", "*/*"] {
        let handler = accounts(content_type);
        let sent = handler.remote().unwrap();
        let sent = sent.request(Some("application/json"), Bytes::from(REQUEST)).unwrap();
        assert_eq!(sent.key.as_deref(), Some("a-1"));
        let shown = handler.request_json(sent.body.clone()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&shown).unwrap(), expected, "{content_type}");
        let response = format!(r#"{{ "token": "secret", "request": {REQUEST} }}"#);
        let shown = handler.response_json(response.into()).unwrap();
        let shown: Value = serde_json::from_slice(&shown).unwrap();
        assert_eq!(shown, json!({ "token": hidden, "request": expected }), "{content_type}");
    }
}

#[test]
fn a_file_has_other_values_of_the_same_types() {
    for content_type in ["application/json", "application/proto"] {
        let handler = accounts(content_type);
        let sent = handler.remote().unwrap();
        let sent = sent.request(Some("application/json"), Bytes::from(REQUEST)).unwrap();
        let redacted = handler.redacted_request(sent.body).unwrap();
        // It is still a request.
        let read = handler.remote().unwrap().request(Some(content_type), redacted.clone());
        assert_eq!(read.unwrap().key.as_deref(), Some("a-1"));
        let generated: secrets::OpenRequest = match content_type {
            "application/json" => serde_json::from_slice(&redacted).unwrap(),
            _ => prost::Message::decode(redacted).unwrap(),
        };
        assert_eq!(generated.password, "[redacted]");
        assert_eq!(generated.codes, ["[redacted]", "[redacted]"]);
        assert_eq!((generated.pin, generated.level), (None, 0));
        assert!(generated.answers.is_empty());
        let proof = secrets::open_request::Proof::Signature("[redacted]".into());
        assert_eq!(generated.proof, Some(proof));
    }
}

#[test]
fn json_that_no_field_hides_is_shown_as_it_is() {
    let names = ["forms.v1.Echo", "Echo", "application/json"];
    let echo = described("forms.proto", HandlerKind::Plain, ServiceDescriptor::service, names);
    let request = Bytes::from_static(br#"{ "small": 1, "newer": true }"#);
    assert_eq!(echo.rpc("Echo").unwrap().request_json(request.clone()).unwrap(), request);
}

#[test]
fn a_handler_that_takes_no_messages_has_no_contract() {
    let names = ["forms.v1.Echo", "Echo", "text/plain"];
    let echo = described("forms.proto", HandlerKind::Plain, ServiceDescriptor::service, names);
    let handler = echo.handler("Echo").unwrap();
    assert!(handler.remote().is_none());
    assert!(handler.check_request(Some("text/plain"), Bytes::from_static(b"hi")).is_ok());
}
