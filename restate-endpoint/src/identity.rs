//! Request identity: whether a request comes from a known Restate server.
//!
//! The server signs each request with a JWT: Ed25519 over `header.payload`, valid for about two
//! minutes and for one path. Only that is implemented here, because a JWT library would add RSA and
//! the NIST curves as dependencies.

use std::{fmt, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use http::HeaderMap;
use serde::{Deserialize, de::DeserializeOwned};

use crate::error::EndpointBuildError;

const SCHEME: &str = "x-restate-signature-scheme";
const TOKEN: &str = "x-restate-jwt-v1";
const KEY_PREFIX: &str = "publickeyv1_";

/// Checks signatures against the configured keys; without keys, accepts everything.
pub(crate) struct Verifier {
    keys: Vec<VerifyingKey>,
}

impl Verifier {
    pub(crate) fn new(keys: &[String]) -> Result<Self, EndpointBuildError> {
        let parse = |key: &String| {
            parse_key(key).map_err(|reason| EndpointBuildError::InvalidIdentityKey {
                key: key.clone(),
                reason,
            })
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
    ) -> Result<(), IdentityError> {
        if self.keys.is_empty() {
            return Ok(());
        }
        match headers.get(SCHEME).map(|scheme| scheme.as_bytes()) {
            Some(b"v1") => {}
            None | Some(b"unsigned") => return Err(IdentityError::Unsigned),
            Some(_) => return Err(IdentityError::Scheme),
        }
        let token = headers.get(TOKEN).ok_or(IdentityError::Unsigned)?;
        let token = token.to_str().map_err(|_| IdentityError::Malformed)?;
        let claims = self.signed_claims(token)?;
        claims.check(path, now.as_secs())
    }

    fn signed_claims(&self, token: &str) -> Result<Claims, IdentityError> {
        let (signed, signature) = token.rsplit_once('.').ok_or(IdentityError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(IdentityError::Malformed)?;
        let TokenHeader { alg } = decode(header)?;
        if alg != "EdDSA" {
            return Err(IdentityError::Scheme);
        }
        let mut bytes = [0; Signature::BYTE_SIZE];
        match BASE64_URL_SAFE_NO_PAD.decode_slice(signature, &mut bytes) {
            Ok(Signature::BYTE_SIZE) => {}
            _ => return Err(IdentityError::Malformed),
        }
        let signature = Signature::from_bytes(&bytes);
        let is_signed_by = |key: &VerifyingKey| key.verify_strict(signed.as_bytes(), &signature);
        if self.keys.iter().any(|key| is_signed_by(key).is_ok()) {
            decode(payload)
        } else {
            Err(IdentityError::Signature)
        }
    }
}

fn parse_key(key: &str) -> Result<VerifyingKey, &'static str> {
    let encoded = key.strip_prefix(KEY_PREFIX).ok_or("does not start with `publickeyv1_`")?;
    let bytes = bs58::decode(encoded).into_vec().map_err(|_| "is not base58")?;
    let bytes = bytes.try_into().map_err(|_| "is not 32 bytes long")?;
    VerifyingKey::from_bytes(&bytes).map_err(|_| "is not an Ed25519 key")
}

fn decode<T: DeserializeOwned>(part: &str) -> Result<T, IdentityError> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| IdentityError::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| IdentityError::Malformed)
}

#[derive(Deserialize)]
struct TokenHeader {
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
    fn check(&self, path: &str, now: u64) -> Result<(), IdentityError> {
        let is_for_path = match &self.aud {
            Audience::One(audience) => audience == path,
            Audience::Several(audience) => audience.iter().any(|audience| audience == path),
        };
        match (self.nbf..self.exp).contains(&now) {
            _ if !is_for_path => Err(IdentityError::OtherPath),
            false if now < self.nbf => Err(IdentityError::NotYet),
            false => Err(IdentityError::Expired),
            true => Ok(()),
        }
    }
}

/// Why a request is not accepted as one of a known Restate server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdentityError {
    Unsigned,
    Scheme,
    Malformed,
    Signature,
    OtherPath,
    NotYet,
    Expired,
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsigned => {
                "this endpoint accepts signed requests only; configure the server's \
                 `request-identity-private-key-pem-file`"
            }
            Self::Scheme => "the request's signature scheme is unknown; use `v1` with EdDSA",
            Self::Malformed => {
                "the token in `x-restate-jwt-v1` is not a JWT with `aud`, `exp`, `nbf`"
            }
            Self::Signature => {
                "the request is not signed with a known key; give the server's public key to \
                 `identity_key(..)`"
            }
            Self::OtherPath => "the request's signature is for another path",
            Self::NotYet => {
                "the request's signature is not valid yet; compare the machines' clocks"
            }
            Self::Expired => "the request's signature has expired; compare the machines' clocks",
        })
    }
}
