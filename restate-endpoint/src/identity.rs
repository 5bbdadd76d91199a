//! Whether a request comes from a Restate server that is known here.
//!
//! The server signs each request with a JWT: Ed25519 over `header.payload`, valid for about two
//! minutes, for one path. That is little enough to check here; a JWT library would bring RSA and
//! the NIST curves along.

use std::{fmt, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use http::HeaderMap;
use serde::{Deserialize, de::DeserializeOwned};

use crate::builder::BuildError;

const SCHEME: &str = "x-restate-signature-scheme";
const TOKEN: &str = "x-restate-jwt-v1";
const KEY_PREFIX: &str = "publickeyv1_";

/// Checks signatures against the configured keys; without keys, accepts everything.
pub(crate) struct Verifier {
    keys: Vec<VerifyingKey>,
}

impl Verifier {
    pub(crate) fn new(keys: &[String]) -> Result<Self, BuildError> {
        let parse = |key: &String| {
            parse_key(key).map_err(|reason| BuildError::IdentityKey { key: key.clone(), reason })
        };
        let keys = keys.iter().map(parse).collect::<Result<_, _>>()?;
        Ok(Self { keys })
    }

    /// Accepts a request for `path` with these headers if one of the keys has signed it.
    ///
    /// `now` is the time since the Unix epoch.
    pub(crate) fn verify(
        &self,
        headers: &HeaderMap,
        path: &str,
        now: Duration,
    ) -> Result<(), Untrusted> {
        if self.keys.is_empty() {
            return Ok(());
        }
        match headers.get(SCHEME).map(|scheme| scheme.as_bytes()) {
            Some(b"v1") => {}
            None | Some(b"unsigned") => return Err(Untrusted::Unsigned),
            Some(_) => return Err(Untrusted::Scheme),
        }
        let token = headers.get(TOKEN).ok_or(Untrusted::Unsigned)?;
        let token = token.to_str().map_err(|_| Untrusted::Malformed)?;
        let claims = self.signed_claims(token)?;
        claims.check(path, now.as_secs())
    }

    fn signed_claims(&self, token: &str) -> Result<Claims, Untrusted> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Untrusted::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Untrusted::Malformed)?;
        let Header { alg } = decode(header)?;
        if alg != "EdDSA" {
            return Err(Untrusted::Scheme);
        }
        let mut bytes = [0; Signature::BYTE_SIZE];
        match BASE64_URL_SAFE_NO_PAD.decode_slice(signature, &mut bytes) {
            Ok(Signature::BYTE_SIZE) => {}
            _ => return Err(Untrusted::Malformed),
        }
        let signature = Signature::from_bytes(&bytes);
        let is_signed_by = |key: &VerifyingKey| key.verify_strict(signed.as_bytes(), &signature);
        if self.keys.iter().any(|key| is_signed_by(key).is_ok()) {
            decode(payload)
        } else {
            Err(Untrusted::Signature)
        }
    }
}

fn parse_key(key: &str) -> Result<VerifyingKey, &'static str> {
    let encoded = key.strip_prefix(KEY_PREFIX).ok_or("does not begin with `publickeyv1_`")?;
    let bytes = bs58::decode(encoded).into_vec().map_err(|_| "is not base58")?;
    let bytes = bytes.try_into().map_err(|_| "is not 32 bytes long")?;
    VerifyingKey::from_bytes(&bytes).map_err(|_| "is no Ed25519 key")
}

fn decode<T: DeserializeOwned>(part: &str) -> Result<T, Untrusted> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| Untrusted::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| Untrusted::Malformed)
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

/// Times in seconds since the Unix epoch.
#[derive(Deserialize)]
struct Claims {
    aud: Audience,
    exp: u64,
    nbf: u64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Claims {
    fn check(&self, path: &str, now: u64) -> Result<(), Untrusted> {
        let is_meant = match &self.aud {
            Audience::One(audience) => audience == path,
            Audience::Several(audience) => audience.iter().any(|audience| audience == path),
        };
        match (self.nbf..self.exp).contains(&now) {
            _ if !is_meant => Err(Untrusted::OtherPath),
            false if now < self.nbf => Err(Untrusted::NotYet),
            false => Err(Untrusted::Expired),
            true => Ok(()),
        }
    }
}

/// Why a request is not taken for one of a known Restate server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Untrusted {
    Unsigned,
    Scheme,
    Malformed,
    Signature,
    OtherPath,
    NotYet,
    Expired,
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsigned => {
                "this endpoint takes only signed requests; configure the server's \
                 `request-identity-private-key-pem-file`"
            }
            Self::Scheme => "the request is signed in an unknown way; known is `v1`, with EdDSA",
            Self::Malformed => {
                "the token in `x-restate-jwt-v1` is not a JWT with `aud`, `exp`, `nbf`"
            }
            Self::Signature => "the request is signed with none of the keys known here",
            Self::OtherPath => "the request's signature is for another path",
            Self::NotYet => {
                "the request's signature is not valid yet; compare the machines' clocks"
            }
            Self::Expired => "the request's signature has expired; compare the machines' clocks",
        })
    }
}
