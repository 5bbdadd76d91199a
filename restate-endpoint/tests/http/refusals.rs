use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use restate_endpoint::Endpoint;
use tower_service::Service;

use crate::services::Waiting;

async fn answer(method: Method, path: &str, content_type: Option<&str>) -> Response<Bytes> {
    let mut endpoint = Endpoint::builder().bind(Waiting::new().0).build().unwrap();
    let mut request = Request::builder().method(method).uri(path);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    let response = endpoint.call(request.body(Full::<Bytes>::default()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    Response::from_parts(head, body.collect().await.unwrap().to_bytes())
}

async fn refused(method: Method, path: &str, content_type: Option<&str>) -> (u16, String) {
    let answer = answer(method, path, content_type).await;
    assert!(answer.headers().contains_key("x-restate-server"));
    (answer.status().as_u16(), String::from_utf8(answer.body().to_vec()).unwrap())
}

const V7: Option<&str> = Some("application/vnd.restate.invocation.v7");

#[tokio::test]
async fn i9_an_unknown_service_is_not_found() {
    let expected = (404, "service `Nobody` is not bound to this endpoint".to_owned());
    assert_eq!(refused(Method::POST, "/invoke/Nobody/Echo", V7).await, expected);
}

#[tokio::test]
async fn i9_an_unknown_handler_is_not_found() {
    let expected = (404, "service `test.Waiting` has no handler `Nothing`".to_owned());
    assert_eq!(refused(Method::POST, "/a/invoke/test.Waiting/Nothing", V7).await, expected);
}

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let (status, message) = refused(Method::POST, "/test.Waiting/Echo", V7).await;
    assert_eq!(status, 404);
    assert!(message.starts_with("no such route: `/test.Waiting/Echo`; "), "{message}");
}

#[tokio::test]
async fn versions_of_the_protocol_before_5_and_after_8_are_unsupported() {
    for version in ["4", "9", "99999999999", "", "x"] {
        let content_type = format!("application/vnd.restate.invocation.v{version}");
        let (status, message) =
            refused(Method::POST, "/invoke/test.Waiting/Echo", Some(&content_type)).await;
        assert_eq!(status, 415, "{message}");
        let expected = format!(
            "content-type `{content_type}` is not a supported version of the service protocol"
        );
        assert!(message.starts_with(&expected), "{message}");
    }
}

#[tokio::test]
async fn a_call_that_did_not_come_through_a_server_is_unsupported() {
    for content_type in [None, Some("application/json")] {
        let (status, message) =
            refused(Method::POST, "/invoke/test.Waiting/Echo", content_type).await;
        assert_eq!(status, 415);
        assert!(message.ends_with("handlers are called through a Restate server's ingress"));
    }
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let answer = answer(Method::GET, "/invoke/test.Waiting/Echo", V7).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["allow"]),
        (405, &"POST".parse().unwrap())
    );
    assert_eq!(
        refused(Method::POST, "/discover", None).await,
        (405, "method not allowed; use GET, HEAD".to_owned())
    );
}

#[tokio::test]
async fn health_is_answered_under_any_path() {
    assert_eq!(answer(Method::GET, "/health", None).await.status(), 200);
    assert_eq!(answer(Method::GET, "/a/b/health", None).await.status(), 200);
}
