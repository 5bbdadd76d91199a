use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use ed25519_dalek::{Signer, SigningKey};
use http::Request;
use http_body_util::{BodyExt, Full};
use restate_core::attempt::{Clock, SystemClock};
use restate_endpoint::Endpoint;

use crate::services::Waiting;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(key: &SigningKey) -> String {
    let encoded = bs58::encode(key.verifying_key().to_bytes()).into_string();
    format!("publickeyv1_{encoded}")
}

fn encode(json: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json)
}

fn token(key: &SigningKey, header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = key.sign(signed.as_bytes()).to_bytes();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

const EDDSA: &str = r#"{"typ":"JWT","alg":"EdDSA","kid":"publickeyv1_x"}"#;

/// Claims about `path`, valid from and until these offsets in seconds from now.
fn claims(path: &str, from: i64, until: i64) -> String {
    let now = i64::try_from(SystemClock.now().as_secs()).unwrap();
    format!(r#"{{"aud":"{path}","nbf":{},"iat":{now},"exp":{}}}"#, now + from, now + until)
}

fn valid(key: &SigningKey, path: &str) -> String {
    token(key, EDDSA, &claims(path, -60, 60))
}

/// The response of an endpoint with the keys 1 and 2 to a discovery request at `path`.
async fn answer(path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let endpoint = Endpoint::builder()
        .bind(Waiting::new().0)
        .identity_key(public(&key(1)))
        .identity_key(public(&key(2)))
        .build()
        .unwrap();
    let mut request = Request::get(path).header("accept", "*/*");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = endpoint.handle(request.body(Full::<Bytes>::default()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn signed(path: &str, token: &str) -> (u16, String) {
    let headers = [("x-restate-signature-scheme", "v1"), ("x-restate-jwt-v1", token)];
    answer(path, &headers).await
}

async fn expect_401(token: &str, reason: &str) {
    let (status, message) = signed("/discover", token).await;
    assert_eq!(status, 401, "{message}");
    assert!(message.contains(reason), "{message}");
}

#[tokio::test]
async fn any_of_the_known_keys_may_have_signed() {
    for seed in [1, 2] {
        assert_eq!(signed("/discover", &valid(&key(seed), "/discover")).await.0, 200);
    }
    expect_401(&valid(&key(3), "/discover"), "not signed with a known key").await;
}

#[tokio::test]
async fn the_path_is_signed_without_the_mount_point() {
    assert_eq!(signed("/a/b/discover", &valid(&key(1), "/discover")).await.0, 200);
    expect_401(&valid(&key(1), "/invoke/test.Waiting/Echo"), "for another path").await;
}

#[tokio::test]
async fn several_audiences_may_hold_the_path() {
    let claims = claims("/discover", -60, 60).replace(r#""/discover""#, r#"["/a","/discover"]"#);
    assert_eq!(signed("/discover", &token(&key(1), EDDSA, &claims)).await.0, 200);
}

#[tokio::test]
async fn a_signature_is_valid_for_a_limited_time() {
    let expired = token(&key(1), EDDSA, &claims("/discover", -60, 0));
    expect_401(&expired, "has expired").await;
    let early = token(&key(1), EDDSA, &claims("/discover", 30, 60));
    expect_401(&early, "is not valid yet").await;
}

#[tokio::test]
async fn claims_without_an_end_are_refused() {
    let token = token(&key(1), EDDSA, r#"{"aud":"/discover","nbf":0}"#);
    expect_401(&token, "is not a JWT").await;
}

#[tokio::test]
async fn other_algorithms_are_refused() {
    let claims = claims("/discover", -60, 60);
    expect_401(&token(&key(1), r#"{"alg":"HS256"}"#, &claims), "signature scheme is unknown").await;
    let unsigned = format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(&claims));
    expect_401(&unsigned, "signature scheme is unknown").await;
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let token = valid(&key(1), "/discover");
    let (_, signature) = token.rsplit_once('.').unwrap();
    let changed =
        format!("{}.{}.{signature}", encode(EDDSA), encode(&claims("/discover", -60, 999)));
    expect_401(&changed, "not signed with a known key").await;
    for malformed in ["", ".", "..", "a.b.c", &token[1..], &token[..token.len() - 2]] {
        assert_eq!(signed("/discover", malformed).await.0, 401, "{malformed}");
    }
}

#[tokio::test]
async fn unsigned_requests_are_refused() {
    let expected = "accepts signed requests only";
    for headers in [
        &[][..],
        &[("x-restate-signature-scheme", "unsigned")],
        &[("x-restate-signature-scheme", "v1")],
    ] {
        let (status, message) = answer("/discover", headers).await;
        assert_eq!(status, 401);
        assert!(message.contains(expected), "{message}");
    }
    let (status, message) = answer("/discover", &[("x-restate-signature-scheme", "v2")]).await;
    assert_eq!(status, 401);
    assert!(message.contains("signature scheme is unknown"), "{message}");
}

#[tokio::test]
async fn unsigned_requests_do_not_learn_which_services_exist() {
    assert_eq!(answer("/invoke/Nobody/Echo", &[]).await.0, 401);
    assert_eq!(answer("/elsewhere", &[]).await.0, 401);
    assert_eq!(answer("/health", &[]).await.0, 200);
}

#[test]
fn keys_in_another_form_are_refused() {
    for (key, reason) in [
        ("ed25519_x", "does not start with `publickeyv1_`"),
        ("publickeyv1_0", "is not base58"),
        ("publickeyv1_abc", "is not 32 bytes long"),
    ] {
        let error = Endpoint::builder().identity_key(key).build().unwrap_err().to_string();
        assert!(error.starts_with(&format!("identity key `{key}` {reason}; ")), "{error}");
    }
}
