//! gRPC: a tonic client, and what it does not show.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::Uri;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use prost::Message;
use restate_core::RpcCode;
use restate_rpc_tests::{AddRequest, FailRequest, GreetRequest, Greeting, Pieces, SeenHeaders};
use tonic::{Code, Request, Response, Status, client::Grpc};
use tonic_prost::ProstCodec;

use crate::http::{Shop, frame, gunzip, gzip};

/// A tonic client on a connection pool of hyper.
pub(crate) struct Tonic(Grpc<Client<HttpConnector, tonic::body::Body>>);

impl Tonic {
    pub(crate) fn of(shop: &Shop) -> Self {
        let http = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        Self(Grpc::with_origin(http, shop.origin().parse::<Uri>().unwrap()))
    }

    pub(crate) async fn call<Req, Res>(
        &mut self,
        path: &'static str,
        request: Request<Req>,
    ) -> Result<Response<Res>, Status>
    where
        Req: Message + 'static,
        Res: Message + Default + 'static,
    {
        self.0.ready().await.unwrap();
        let codec = ProstCodec::<Req, Res>::default();
        self.0.unary(request, path.parse().unwrap(), codec).await
    }
}

pub(crate) const GREET: &str = "/shop.v1.Desk/Greet";
pub(crate) const FAIL: &str = "/shop.v1.Desk/Fail";

pub(crate) fn greet(name: &str) -> GreetRequest {
    GreetRequest { name: name.to_owned() }
}

#[tokio::test]
async fn a_tonic_client_calls_a_service_and_an_object() {
    let shop = Shop::open().await;
    let mut tonic = Tonic::of(&shop);
    let response = tonic.call::<_, Greeting>(GREET, Request::new(greet("Pete"))).await.unwrap();
    let id = response.metadata().get("x-restate-id").unwrap().to_str().unwrap();
    assert!(id.starts_with("inv_1"), "{id}");
    assert_eq!(response.get_ref().text, "Good day, Pete");
    // By the names of the contract, which are not the wire names.
    for expected in [2, 4] {
        let add = AddRequest { item: "tea".to_owned(), pieces: 2 };
        let response = tonic.call::<_, Pieces>("/shop.v1.Stock/Add", Request::new(add)).await;
        assert_eq!(response.unwrap().get_ref().pieces, expected);
    }
}

#[tokio::test]
async fn every_code_of_a_failure_arrives() {
    let shop = Shop::open().await;
    let mut tonic = Tonic::of(&shop);
    for number in 1..=16 {
        let message = "100 % no, Zoë\n".to_owned();
        let code = RpcCode::from_number(number).unwrap().http_status();
        let request = FailRequest { code: code.into(), message: message.clone(), rpc_code: number };
        let failed = tonic.call::<_, Greeting>(FAIL, Request::new(request)).await.unwrap_err();
        let code = Code::from(i32::try_from(number).unwrap());
        assert_eq!((failed.code(), failed.message()), (code, &*message));
        assert!(failed.metadata().contains_key("x-restate-id"));
    }
}

#[tokio::test]
async fn codes_of_http_have_their_meaning() {
    let shop = Shop::open().await;
    let mut tonic = Tonic::of(&shop);
    for (code, expected) in [
        (400, Code::InvalidArgument),
        (404, Code::NotFound),
        (409, Code::Aborted),
        (412, Code::FailedPrecondition),
        (418, Code::Unknown),
        (429, Code::ResourceExhausted),
        (500, Code::Internal),
    ] {
        let request = FailRequest { code, message: "no".to_owned(), rpc_code: 0 };
        let failed = tonic.call::<_, Greeting>(FAIL, Request::new(request)).await.unwrap_err();
        assert_eq!(failed.code(), expected, "{code}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_unimplemented_and_what_is_private_is_denied() {
    let shop = Shop::open().await;
    let mut tonic = Tonic::of(&shop);
    for (path, expected) in [
        ("/shop.v1.Desk/Dance", Code::Unimplemented),
        ("/shop.v1.Bar/Greet", Code::Unimplemented),
        ("/shop.v1.Desk/Hide", Code::PermissionDenied),
    ] {
        let failed = tonic.call::<_, Greeting>(path, Request::new(greet(""))).await.unwrap_err();
        assert_eq!(failed.code(), expected, "{path}: {failed}");
    }
}

#[tokio::test]
async fn handlers_see_the_metadata_and_not_the_protocol() {
    let shop = Shop::open().await;
    let mut request = Request::new(greet(""));
    request.metadata_mut().insert("x-tenant", "acme".parse().unwrap());
    let seen = Tonic::of(&shop).call::<_, SeenHeaders>("/shop.v1.Desk/Headers", request).await;
    let seen = seen.unwrap().into_inner().headers;
    assert_eq!(seen.get("x-tenant").map(String::as_str), Some("acme"));
    assert_eq!(seen.get("content-type").map(String::as_str), Some("application/proto"));
    assert!(!seen.contains_key("te") && !seen.contains_key("grpc-accept-encoding"), "{seen:?}");
}

#[tokio::test]
async fn requests_and_responses_are_compressed() {
    let shop = Shop::open().await;
    let name = "x".repeat(5000);
    let body = frame(1, &gzip(&greet(&name).encode_to_vec()));
    let headers = [("grpc-encoding", "gzip"), ("grpc-accept-encoding", "identity,gzip")];
    let response = shop.grpc(GREET, &headers, &body).await;
    assert_eq!(response.grpc_status(), "0");
    assert_eq!(response.header("grpc-encoding"), Some("gzip"));
    assert!(response.body.len() < 1000 && response.body[0] == 1);
    let greeting = Greeting::decode(&*gunzip(&response.body[5..])).unwrap();
    assert_eq!(greeting.text, format!("Good day, {name}"));
    // A client that does not ask for it gets none.
    let plain = shop.grpc(GREET, &headers[..1], &body).await;
    assert_eq!((plain.header("grpc-encoding"), plain.body[0]), (None, 0));
}

#[tokio::test]
async fn the_json_codec_has_json() {
    let shop = Shop::open().await;
    let headers = [("content-type", "application/grpc+json"), ("te", "trailers")];
    let body = frame(0, br#"{"name":"Pete"}"#);
    let response = shop.send(hyper::Version::HTTP_2, "POST", GREET, &headers, &body).await;
    assert_eq!(response.grpc_status(), "0");
    assert_eq!(response.header("content-type"), Some("application/grpc+json"));
    assert_eq!(response.body, frame(0, br#"{"text":"Good day, Pete"}"#));
}

#[tokio::test]
async fn a_request_that_nothing_can_read_is_an_invalid_argument() {
    let shop = Shop::open().await;
    let response = shop.grpc(GREET, &[], &frame(0, b"\xff\xff")).await;
    assert_eq!(response.grpc_status(), "3");
    assert!(response.grpc_message().contains("GreetRequest"), "{response:?}");
}

/// A stream that a client leaves open is answered as soon as it is wrong.
#[tokio::test]
async fn a_prefix_of_4_gib_is_refused_before_the_message() {
    let shop = Shop::open().await;
    let http = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let (mut sender, body) = http_body_util::channel::Channel::<Bytes>::new(1);
    sender.send_data(Bytes::from_static(b"\0\xff\xff\xff\xff")).await.unwrap();
    let request = hyper::Request::post(format!("{}{GREET}", shop.origin()))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    let response = http.request(request.body(body).unwrap()).await.unwrap();
    assert_eq!(response.headers()["grpc-status"], "8");
    drop((sender, response.into_body().collect().await));
}
