use restate_ingress::IngressClient;

use crate::{
    clients::GreeterClient,
    server::{Server, result},
};

#[test]
fn an_invalid_address_is_refused() {
    for (address, message) in [
        ("", "the address `` is not a URL"),
        ("127.0.0.1:8080", "the address `127.0.0.1:8080` has no scheme"),
        ("ftp://host", "the address `ftp://host` has no scheme"),
        ("http://ho st", "the address `http://ho st` is not a URL"),
        ("http://host?a=b", "the address `http://host?a=b` has a query or a fragment"),
        ("http://host#a", "the address `http://host#a` has a query or a fragment"),
        ("http://me:pw@host", "the address `http://me:pw@host` has a user name"),
    ] {
        let ingress = IngressClient::new(address).unwrap_err().to_string();
        assert!(ingress.starts_with(message), "{ingress}");
        let admin = IngressClient::builder("http://host").admin(address).build().unwrap_err();
        assert!(admin.to_string().starts_with(message), "{admin}");
    }
}

#[test]
fn an_invalid_header_is_refused() {
    let builder = || IngressClient::builder("http://host");
    for (builder, message) in [
        (builder().header("a b", "c"), "\"a b\" is not a header name"),
        (builder().header("a", "b\nc"), "the value of header `a` contains control characters"),
        (
            builder().header("Content-Length", "1"),
            "header `content-length` is set by the connection",
        ),
        (builder().header("idempotency-key", "1"), "header `idempotency-key` also makes"),
        (builder().bearer_token("a\nb"), "the bearer token contains control characters"),
    ] {
        let error = builder.build().unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn a_token_is_not_printed() {
    let builder = IngressClient::builder("http://host").bearer_token("secret");
    assert!(!format!("{builder:?}").contains("secret"));
    assert!(!format!("{:?}", builder.build().unwrap()).contains("secret"));
}

#[cfg(not(feature = "tls"))]
#[test]
fn tls_without_its_feature_says_which_to_enable() {
    let error = IngressClient::new("https://host").unwrap_err().to_string();
    assert!(error.contains("feature `tls-webpki-roots` or `tls-native-roots`"), "{error}");
}

#[tokio::test]
async fn an_address_may_have_a_path() {
    for end in ["", "/"] {
        let mut server = Server::start([result("\"Hello\"")]).await;
        let client = IngressClient::new(format!("{}/at/restate{end}", server.url)).unwrap();
        GreeterClient(client).greet("Pete").await.unwrap();
        assert_eq!(server.seen().await.path, "/at/restate/greeter.v1.Greeter/Greet");
    }
}
