//! The command line tool and an admin interface with TLS.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::path::Path;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use restate_embedded::rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use support::World;

/// A certificate for `localhost`, signed by an authority of its own, whose certificate it writes to a
/// file.
fn certified(authority: &Path) -> ServerConfig {
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let issuer = rcgen::CertifiedIssuer::self_signed(params, key).unwrap();
    std::fs::write(authority, pem(issuer.der())).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = tokio_rustls::rustls::crypto::ring::default_provider();
    ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap()
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    let text = BASE64_STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// What the tool prints, and whether it succeeds.
async fn run(arguments: &[&str]) -> (bool, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_restate-embedded"));
    command.args(arguments);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let shown = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(shown).unwrap())
}

#[tokio::test]
async fn the_tool_trusts_the_authorities_that_it_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let (authority, empty) = (directory.path().join("ca.pem"), directory.path().join("empty.pem"));
    std::fs::write(&empty, "").unwrap();
    let engine = World::default().engine().data_dir(directory.path().join("data"));
    let engine = engine.admin("127.0.0.1:0").tls(certified(&authority)).start().await.unwrap();
    let port = engine.admin_addr().unwrap().port();
    let (secure, by_address, plain) = (
        format!("https://localhost:{port}/"),
        format!("https://127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
    );
    let (authority, empty) = (authority.to_str().unwrap(), empty.to_str().unwrap());
    for command in [&["ls", "--json"][..], &["sql", "SELECT 1 WHERE false", "--json"]] {
        let options = ["--admin", &secure, "--ca", authority];
        let (success, shown) = run(&[command, &options].concat()).await;
        assert!(success && shown.trim() == "[]", "{command:?}: {shown}");
    }
    for (options, reason) in [
        (&["--admin", &secure][..], "name the authority that signed it with `--ca`"),
        (&["--admin", &by_address, "--ca", authority], "by a name that is in it"),
        (&["--admin", &plain], "which with TLS begins with https://"),
        (&["--admin", &plain, "--ca", authority], "write the address as `https://localhost"),
        (&["--admin", &secure, "--ca", empty], "it holds no certificate in PEM"),
        (&["--admin", &secure, "--ca", "/nowhere"], "can be read from `/nowhere`"),
    ] {
        let (success, shown) = run(&[&["ls"], options].concat()).await;
        assert!(!success && shown.contains(reason), "{options:?}: {shown}");
    }
    engine.shutdown().await.unwrap();
}
