//! The golden files compile and behave as the contract specifies.

#![allow(missing_docs, reason = "as in the contracts")]

pub mod greeter {
    include!("golden/greeter.v1.rs");
}

pub mod counter {
    include!("golden/counter.v1.rs");
}

pub mod signup {
    include!("golden/signup.v1.rs");
}

pub mod common {
    pub mod v1 {
        include!("golden/common.v1.rs");
    }
}

pub mod shop {
    pub mod v1 {
        include!("golden/shop.v1.rs");
    }
}

use std::{
    future::{Ready, ready},
    sync::{Arc, Mutex},
    time::Duration,
};

use restate_core::{
    Channel, Encoding, HandlerResult, ObjectContext, Payload, Service, SharedObjectContext,
    SharedWorkflowContext, Target, TerminalError, WorkflowContext,
    call::{Request, Response},
    contract::{HandlerKind, ServiceKind},
    well_known,
};

use self::{
    common::v1::Money,
    counter::{
        AddRequest, AddResponse, Counter, CounterClient, CounterServer, ReadRequest, ReadResponse,
    },
    greeter::{GreetRequest, GreeterClient},
    shop::v1::{BasketClient, C, Line, line},
    signup::{
        ConfirmRequest, ConfirmResponse, Signup, SignupRequest, SignupResponse, SignupServer,
    },
};

#[derive(Clone, Debug)]
struct Memory;

impl Counter for Memory {
    async fn add(&self, ctx: ObjectContext<'_>, request: AddRequest) -> HandlerResult<AddResponse> {
        let total = ctx.get::<i64>("total").await?.unwrap_or_default() + request.amount;
        ctx.set("total", total);
        Ok(AddResponse { total })
    }

    async fn read(
        &self,
        ctx: SharedObjectContext<'_>,
        _: ReadRequest,
    ) -> HandlerResult<ReadResponse> {
        Ok(ReadResponse { total: ctx.get("total").await?.unwrap_or_default() })
    }
}

#[test]
fn a_server_describes_its_contract() {
    let server = CounterServer::new(Memory);
    let descriptor = server.descriptor();
    assert_eq!(descriptor.name(), "counter.v1.Counter");
    assert_eq!(descriptor.kind(), ServiceKind::Object);
    assert_eq!(descriptor.documentation, "Counts.");
    let handlers: Vec<_> = descriptor
        .handlers()
        .iter()
        .map(|handler| (handler.name(), handler.kind(), handler.documentation))
        .collect();
    assert_eq!(
        handlers,
        [
            ("Add", HandlerKind::Exclusive, "Adds to the count."),
            ("read", HandlerKind::Shared, "The count so far."),
        ]
    );
}

struct Mails;

impl Signup for Mails {
    async fn run(
        &self,
        ctx: WorkflowContext<'_>,
        _: SignupRequest,
    ) -> HandlerResult<SignupResponse> {
        ctx.promise::<()>("confirmed").await?;
        Ok(SignupResponse {})
    }

    async fn confirm(
        &self,
        ctx: SharedWorkflowContext<'_>,
        _: ConfirmRequest,
    ) -> HandlerResult<ConfirmResponse> {
        ctx.promise("confirmed").resolve(()).await?;
        Ok(ConfirmResponse {})
    }
}

#[test]
fn a_workflow_has_one_run_handler() {
    let server = SignupServer::new(Mails);
    let descriptor = server.descriptor();
    assert_eq!(descriptor.kind(), ServiceKind::Workflow);
    let handlers: Vec<_> =
        descriptor.handlers().iter().map(|handler| (handler.name(), handler.kind())).collect();
    assert_eq!(handlers, [("Run", HandlerKind::Run), ("Confirm", HandlerKind::Shared)]);
}

/// A channel that records requests.
#[derive(Clone, Debug, Default)]
struct Recorder(Arc<Mutex<Vec<Request>>>);

impl Channel for Recorder {
    type Error = TerminalError;
    type Reply = Ready<Result<Response, TerminalError>>;
    type Sent = ();

    fn call(&self, request: Result<Request, TerminalError>) -> Self::Reply {
        self.send(request, None);
        ready(Ok(Response::default()))
    }

    fn send(&self, request: Result<Request, TerminalError>, _: Option<Duration>) {
        let request = request.expect("the request can be sent");
        self.0.lock().expect("no test panics with it").push(request);
    }
}

#[test]
fn clients_call_by_wire_names_and_keys() {
    let channel = Recorder::default();
    GreeterClient::new(channel.clone()).welcome(GreetRequest { name: "Pete".to_owned() }).one_way();
    let add = AddRequest { counter_id: "pete".to_owned(), amount: 7 };
    CounterClient::new(channel.clone()).add(add).one_way();
    let read = ReadRequest { counter_id: Some("anna".to_owned()) };
    CounterClient::new(channel.clone()).read(read).one_way();
    BasketClient::new(channel.clone(), "b-1").new_(C { exact: 1 }).one_way();

    let requests = channel.0.lock().unwrap();
    let targets: Vec<_> = requests.iter().map(|request| request.target.clone()).collect();
    assert_eq!(
        targets,
        [
            Target::service("greeter.v1.Greeter", "Welcome"),
            Target::object("counter.v1.Counter", "pete", "Add"),
            Target::object("counter.v1.Counter", "anna", "read"),
            Target::object("basket", "b-1", "New"),
        ]
    );
    assert_eq!(&requests[0].body[..], b"\x0a\x04Pete");
}

#[test]
fn json_is_canonical() {
    let line = Line {
        item: "tea".to_owned(),
        quantity: 2,
        prices: [
            ("us".to_owned(), Money { currency: "USD".to_owned(), cents: 350 }),
            ("de".to_owned(), Money { currency: "EUR".to_owned(), cents: 1 << 60 }),
        ]
        .into(),
        photo: vec![0, 255].into(),
        gift: Some(Box::new(Line { quantity: 1, ..Line::default() })),
        tags: vec!["hot".to_owned()],
        history: [(2, line::Status::Sent.into()), (1, 0)].into(),
        discount: Some(line::Discount::Percent(2.5)),
    };
    let json = concat!(
        r#"{"item":"tea","quantity":2,"#,
        r#""prices":{"de":{"currency":"EUR","cents":"1152921504606846976"},"#,
        r#""us":{"currency":"USD","cents":"350"}},"#,
        r#""photo":"AP8=","gift":{"quantity":1},"tags":["hot"],"#,
        r#""history":{"1":"STATUS_UNSPECIFIED","2":"STATUS_SENT"},"percent":2.5}"#,
    );
    for (encoding, expected) in [(Encoding::Json, Some(json)), (Encoding::Proto, None)] {
        let bytes = line.encode(encoding).unwrap();
        if let Some(expected) = expected {
            assert_eq!(bytes, expected);
        }
        assert_eq!(Line::decode(bytes, encoding).unwrap(), line);
    }
}

#[test]
fn l2_maps_are_encoded_in_the_order_of_their_keys() {
    let sent = line::Status::Sent as i32;
    let history = [5, 3, 1, 4, 2].map(|day| (day, sent)).into();
    let bytes = Line { history, ..Line::default() }.encode(Encoding::Proto).unwrap();
    // Field 9, of 4 bytes: the key as field 1, the value as field 2.
    let expected: Vec<u8> =
        (1..=5).flat_map(|day| [9 << 3 | 2, 4, 1 << 3, day, 2 << 3, 1]).collect();
    assert_eq!(bytes, expected);
}

#[test]
fn well_known_types_have_their_own_json() {
    let at = Some(well_known::Timestamp { seconds: 1, nanos: 500_000_000 });
    let receipt = line::Receipt { at, status: line::Status::Sent.into() };
    let json = receipt.encode(Encoding::Json).unwrap();
    assert_eq!(json, r#"{"at":"1970-01-01T00:00:01.500Z","status":"STATUS_SENT"}"#);
    assert_eq!(line::Receipt::decode(json, Encoding::Json).unwrap(), receipt);
}

#[test]
fn unknown_fields_are_refused() {
    let error = GreetRequest::decode(r#"{"nam":"Pete"}"#.into(), Encoding::Json).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not a valid GreetRequest: unknown field `nam`; greeter.v1.GreetRequest has only `name` at \
         line 1 column 6"
    );
}
