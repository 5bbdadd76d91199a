//! Signs requests, so that a deployment knows which engine they come from.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use hyper::{
    HeaderMap,
    header::{HeaderName, HeaderValue},
};
use restate_core::attempt::{Clock as _, SystemClock};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::json;

use super::error::RemoteError;

const SCHEME: HeaderName = HeaderName::from_static("x-restate-signature-scheme");
const TOKEN: HeaderName = HeaderName::from_static("x-restate-jwt-v1");

/// How long a signature is valid, in seconds, before and after it is made: clocks differ.
const VALIDITY: u64 = 60;

/// A key that requests to deployments are signed with.
pub(crate) struct RequestIdentity {
    key: Ed25519KeyPair,
    /// The public key as endpoints are configured with it.
    id: String,
}

impl fmt::Debug for RequestIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestIdentity").field("id", &self.id).finish_non_exhaustive()
    }
}

impl RequestIdentity {
    /// The key in a PEM file with `BEGIN PRIVATE KEY`, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, &'static str> {
        let body = pem.split("-----BEGIN PRIVATE KEY-----").nth(1);
        let body = body.and_then(|body| body.split("-----END PRIVATE KEY-----").next());
        let body: String =
            body.ok_or("it has no `BEGIN PRIVATE KEY`")?.split_whitespace().collect();
        let der = BASE64_STANDARD.decode(body).map_err(|_| "it is not base64")?;
        let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der)
            .map_err(|_| "it is not an Ed25519 key in PKCS#8")?;
        let id = format!("publickeyv1_{}", bs58::encode(key.public_key().as_ref()).into_string());
        Ok(Self { key, id })
    }

    /// Adds a signature of a request for this path.
    pub(super) fn sign(&self, path: &str, headers: &mut HeaderMap) -> Result<(), RemoteError> {
        let token = self.token(path, SystemClock.now().as_secs());
        let token = HeaderValue::try_from(token);
        let mut token = token.map_err(|_| RemoteError::Header { name: TOKEN.to_string() })?;
        token.set_sensitive(true);
        headers.insert(SCHEME, HeaderValue::from_static("v1"));
        headers.insert(TOKEN, token);
        Ok(())
    }

    fn token(&self, path: &str, now: u64) -> String {
        let header = json!({ "typ": "JWT", "alg": "EdDSA", "kid": self.id });
        let claims = json!({
            "aud": path,
            "iat": now,
            "nbf": now.saturating_sub(VALIDITY),
            "exp": now + VALIDITY,
        });
        let encoded = |part: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encoded(header), encoded(claims));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}
