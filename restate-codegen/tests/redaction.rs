//! Fields with `debug_redact`: who sees them, and who does not.

#![allow(missing_docs, reason = "as in the contracts")]
#![deny(warnings)]

pub mod secrets {
    include!("golden/secrets.v1.rs");
}

use std::collections::BTreeMap;

use restate_core::{
    Encoding, HandlerResult, ObjectContext, Payload as _, Service as _,
    contract::HandlerDescriptor, well_known::StringValue,
};
use secrets::{
    Accounts, AccountsServer, OpenRequest, OpenResponse, Plain,
    open_request::{Owner, Proof},
};

struct Closed;

impl Accounts for Closed {
    async fn open(&self, _: ObjectContext<'_>, _: OpenRequest) -> HandlerResult<OpenResponse> {
        Ok(OpenResponse::default())
    }
}

fn request() -> OpenRequest {
    OpenRequest {
        account: "a-1".to_owned(),
        password: "secret-password".to_owned(),
        pin: Some(78_901),
        codes: vec!["secret-code".to_owned()],
        answers: BTreeMap::from([("secret-question".to_owned(), "secret-answer".to_owned())]),
        limits: BTreeMap::from([("day".to_owned(), 5)]),
        owner: Some(Owner { name: "Ann".to_owned(), address: "secret-street".to_owned() }),
        note: Some(StringValue { value: "secret-note".to_owned() }),
        proof: Some(Proof::Signature("secret-signature".into())),
        level: 1,
    }
}

fn plain() -> Plain {
    let response = OpenResponse { token: "secret-token".to_owned(), request: Some(request()) };
    Plain { response: Some(response), text: "public".to_owned() }
}

#[test]
fn debug_hides_them_in_messages_oneofs_and_what_contains_them() {
    let shown = format!("{:?}", plain());
    assert!(!shown.contains("secret") && !shown.contains("78901"), "{shown}");
    for public in [
        r#"OpenRequest { account: "a-1", password: [redacted], pin: [redacted]"#,
        r#"limits: {"day": 5}"#,
        r#"Owner { name: "Ann", address: [redacted] }"#,
        "proof: Some(Signature([redacted]))",
        r#"text: "public""#,
    ] {
        assert!(shown.contains(public), "{public}: {shown}");
    }
    let proof = Proof::Document("passport".to_owned());
    assert_eq!(format!("{proof:?}"), r#"Document("passport")"#);
}

#[test]
fn callers_and_handlers_see_them_in_both_encodings() {
    for encoding in [Encoding::Json, Encoding::Proto] {
        let bytes = plain().encode(encoding).unwrap();
        assert_eq!(Plain::decode(bytes, encoding).unwrap(), plain());
    }
    let json = String::from_utf8(request().encode(Encoding::Json).unwrap().to_vec()).unwrap();
    assert!(json.contains("secret-password") && json.contains("LEVEL_HIGH"), "{json}");
}

#[test]
fn json_for_people_does_not_have_them() {
    let descriptor = AccountsServer::new(Closed).descriptor();
    let open = descriptor.handler("Open").unwrap();
    let response = plain().response.unwrap();
    for encoding in [Encoding::Json, Encoding::Proto] {
        let shown = open.request_json(request().encode(encoding).unwrap()).unwrap();
        let expected = r#"{"account":"a-1","password":"[redacted]","pin":"[redacted]","codes":"[redacted]","answers":"[redacted]","limits":{"day":5},"owner":{"name":"Ann","address":"[redacted]"},"note":"[redacted]","level":"[redacted]","signature":"[redacted]"}"#;
        assert_eq!(shown, expected);
        let shown = open.response_json(response.encode(encoding).unwrap()).unwrap();
        assert!(shown.starts_with(br#"{"token":"[redacted]","request":{"account":"a-1""#));
        assert!(!shown.windows(6).any(|window| window == b"secret"));
        // What is converted for a client is complete, also on the thread that has shown it to people.
        let complete = open.response_as(response.encode(encoding).unwrap(), None, Encoding::Json);
        assert_eq!(complete.unwrap(), response.encode(Encoding::Json).unwrap());
    }
    assert!(descriptor.has_redacted_fields());
    assert!(open.has_redacted_request() && open.has_redacted_response());
    let public = HandlerDescriptor::plain::<StringValue, Plain>("Public");
    assert!(!public.has_redacted_request() && public.has_redacted_response());
}

#[test]
fn fields_that_are_empty_are_left_out_for_everyone() {
    let descriptor = AccountsServer::new(Closed).descriptor();
    let open = descriptor.handler("Open").unwrap();
    let written = OpenRequest::default().encode(Encoding::Json).unwrap();
    for json in [open.request_json(written.clone()), open.redacted_request(written.clone())] {
        assert_eq!(json.unwrap(), "{}");
    }
    assert_eq!(written, "{}");
}

#[test]
fn messages_for_files_have_other_values_in_them_and_keep_their_encoding() {
    let descriptor = AccountsServer::new(Closed).descriptor();
    let open = descriptor.handler("Open").unwrap();
    for encoding in [Encoding::Json, Encoding::Proto] {
        let kept = open.redacted_request(request().encode(encoding).unwrap()).unwrap();
        let OpenRequest { account, password, pin, codes, answers, owner, proof, .. } =
            OpenRequest::decode(kept.clone(), encoding).unwrap();
        assert_eq!((&*account, &*password), ("a-1", "[redacted]"));
        assert!(codes.len() == request().codes.len() && codes.iter().all(|it| it == "[redacted]"));
        assert!(pin.is_none() && answers.is_empty(), "no text can stand for them");
        assert_eq!(owner.unwrap().address, "[redacted]");
        assert_eq!(proof, Some(Proof::Signature("[redacted]".into())));
        assert!(!kept.windows(6).any(|window| window == b"secret"));
        assert_eq!(open.redacted_request(kept.clone()).unwrap(), kept, "it stays the same");
    }
}
