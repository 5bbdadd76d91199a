//! A server that signs its requests, and services that require signatures.

use std::fs;

use restate_tests::services::CounterClient;
use tempfile::TempDir;

use crate::{polling::once, scenario::Setup, system::Needs};

/// The suite's public test key.
pub const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIHsQRVQ+AZX9/Yy1b0Zw+OA+bb7xDxGsAd5kB45jZhoc
-----END PRIVATE KEY-----
";
const PUBLIC_KEY: &str = "publickeyv1_ChjENKeMvCtRnqG2mrBK1HmPKufgFUc98K8B3ononQvp";

pub async fn signed_requests_pass(setup: Setup) {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("a.pem");
    fs::write(&file, PRIVATE_KEY).unwrap();
    let variable = "RESTATE_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE";
    let needs = Needs {
        environment: vec![(variable, file.to_str().unwrap().to_owned())],
        identity_key: Some(PUBLIC_KEY),
        ..Needs::default()
    };
    let system = setup.own_system(needs).await;
    let counter = CounterClient::new(system.client(), "signed");
    counter.add(1).idempotency_key(once()).await.unwrap();
    assert_eq!(counter.get().idempotency_key(once()).await.unwrap(), 1);
}
