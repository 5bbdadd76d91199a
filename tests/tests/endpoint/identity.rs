use std::fs;

use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::SigningKey;
use restate_endpoint::Endpoint;
use restate_tests::server::RestateServer;

use crate::{deployment::Deployment, services::Greeter};

fn public(key: &SigningKey) -> String {
    let encoded = bs58::encode(key.verifying_key().to_bytes()).into_string();
    format!("publickeyv1_{encoded}")
}

/// The private key in PKCS #8 and PEM, the format of servers.
fn pem(key: &SigningKey) -> String {
    const ED25519: [u8; 16] = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
    let der = [&ED25519[..], &key.to_bytes()].concat();
    format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        BASE64_STANDARD.encode(der)
    )
}

async fn server(key: &SigningKey) -> (RestateServer, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("identity.pem");
    fs::write(&path, pem(key)).unwrap();
    let variable = "RESTATE_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE";
    (RestateServer::start_with(&[(variable, path.to_str().unwrap())]).await, directory)
}

#[tokio::test]
async fn a_server_whose_key_is_known_is_served() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let (server, _directory) = server(&key).await;
    let endpoint = Endpoint::builder().bind(Greeter::default()).identity_key(public(&key));
    let deployment = Deployment::start(server, endpoint).await;
    let answer = deployment.post("/test.Greeter/Greet", r#""Pete""#).await;
    assert_eq!(answer.text(), r#""Hello Pete""#);
    deployment.stop().await;
}

#[tokio::test]
#[should_panic(expected = "the request is not signed with a known key")]
async fn another_server_is_refused_when_it_registers() {
    let (server, _directory) = server(&SigningKey::from_bytes(&[7; 32])).await;
    let other = public(&SigningKey::from_bytes(&[8; 32]));
    let endpoint = Endpoint::builder().bind(Greeter::default()).identity_key(other);
    Deployment::start(server, endpoint).await;
}
