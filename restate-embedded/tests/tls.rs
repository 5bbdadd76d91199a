//! Ingress and admin interface with TLS.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::sync::Arc;

use restate_embedded::{
    Tokens,
    rustls::{
        ClientConfig, RootCertStore, ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};
use restate_ingress::{IngressClient, IngressError};
use support::{World, call, counter};

const TOKEN: &str = "writer-0123456789";

fn configurations() -> (ServerConfig, ClientConfig) {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = issued.cert.der().clone();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der()));
    let provider = || Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (server, client)
}

#[tokio::test]
async fn clients_of_a_protected_engine_use_tls_and_tokens() {
    let (server, client) = configurations();
    let directory = tempfile::tempdir().unwrap();
    let tokens = directory.path().join("tokens");
    std::fs::write(&tokens, format!("bob change {TOKEN}")).unwrap();
    let engine = World::default()
        .engine()
        .data_dir(directory.path().join("data"))
        .ingress("0.0.0.0:0")
        .admin("0.0.0.0:0")
        .ingress_tokens(Tokens::file(&tokens))
        .admin_tokens(Tokens::file(&tokens))
        .tls(server);
    let engine = engine.start().await.unwrap();
    let url = |scheme: &str, port: u16| format!("{scheme}://localhost:{port}");
    let (ingress, admin) =
        (engine.ingress_addr().unwrap().port(), engine.admin_addr().unwrap().port());
    let secure = IngressClient::builder(url("https", ingress)).admin(url("https", admin));
    let secure = secure.bearer_token(TOKEN).tls(client.clone()).build().unwrap();
    let total: i64 = counter(&secure, "k", "add", 2_i64).await.unwrap();
    assert_eq!(total, 2);
    let sleeper = call::<_, _, u64>(&secure, "sleep", 3_600_000_u64).one_way().await.unwrap();
    sleeper.cancel().await.unwrap();

    let without_token = IngressClient::builder(url("https", ingress)).tls(client).build().unwrap();
    let refused = call::<_, _, String>(&without_token, "echo", "x".to_owned()).await.unwrap_err();
    assert!(matches!(refused, IngressError::Refused { status: 401, .. }), "{refused:?}");
    let plain = IngressClient::builder(url("http", ingress)).bearer_token(TOKEN).build().unwrap();
    call::<_, _, String>(&plain, "echo", "x".to_owned()).await.unwrap_err();
    engine.shutdown().await.unwrap();
}
