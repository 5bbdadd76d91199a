use std::sync::Arc;

use restate_ingress::{
    IngressClient, IngressClientBuilder, IngressError,
    rustls::{
        ClientConfig, RootCertStore, ServerConfig,
        crypto::ring::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::clients::GreeterClient;

/// Responds to one request, with a self-signed certificate.
async fn secure_server() -> (String, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        // A client that does not trust the certificate closes the connection.
        let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else {
            return;
        };
        stream.read_u8().await.unwrap();
        let answer = "HTTP/1.1 200 OK\r\nx-restate-id: inv_1\r\ncontent-length: 7\r\n\r\n\"Hello\"";
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        while stream.read_u8().await.is_ok() {}
    });
    (address, certificate)
}

fn trusting(address: String, authorities: RootCertStore) -> IngressClientBuilder {
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(authorities)
        .with_no_client_auth();
    IngressClient::builder(address).tls(config)
}

#[tokio::test]
async fn a_trusted_server_is_called() {
    let (address, certificate) = secure_server().await;
    let mut authorities = RootCertStore::empty();
    authorities.add(certificate).unwrap();
    let client = trusting(address, authorities).build().unwrap();
    assert_eq!(GreeterClient(client).greet("Pete").await.unwrap(), "Hello");
}

#[tokio::test]
async fn an_untrusted_server_is_not_called() {
    let (address, _) = secure_server().await;
    let client = trusting(address, RootCertStore::empty()).build().unwrap();
    let error = GreeterClient(client).greet("Pete").await.unwrap_err();
    assert!(matches!(error, IngressError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[cfg(feature = "tls-webpki-roots")]
#[test]
fn the_feature_sets_default_authorities() {
    IngressClient::new("https://localhost").unwrap();
}

#[cfg(not(any(feature = "tls-webpki-roots", feature = "tls-native-roots")))]
#[test]
fn tls_without_authorities_is_refused() {
    let error = IngressClient::new("https://localhost").unwrap_err().to_string();
    assert!(error.contains("set them with `tls(..)`"), "{error}");
}
