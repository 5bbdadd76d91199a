//! Manifests, compared with `golden/*.json`; `BLESS=1 cargo test` rewrites the files.

use std::{env, fs, path::Path, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use restate_core::{
    Encoding, OnMaxAttempts, RetryPolicy, Service, ServiceOptions, Settings,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_endpoint::Endpoint;

struct Described(&'static ServiceDescriptor);

impl Service for Described {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        self.0
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.unknown_handler(handler)
    }
}

/// A message in the form that `restate-codegen` generates.
#[derive(Clone, PartialEq, prost::Message)]
struct Note {
    #[prost(string, tag = "1")]
    text: String,
}

restate_core::codegen::message! {
    Note as "Note" in "notes.v1" {
        "text" = text(scalar),
    }
}

const NOTE_SCHEMA: &str = r#"{"type":"object","properties":{"text":{"type":"string"}}}"#;

/// Every kind and format, and every field of version 2.
static NOTES: ServiceDescriptor = ServiceDescriptor::object(
    "notes.v1.Notes",
    &[
        HandlerDescriptor::exclusive::<Note, Note>("Write")
            .documentation("Writes a note down.")
            .metadata(&[("team", "notes")])
            .schemas(NOTE_SCHEMA, NOTE_SCHEMA),
        HandlerDescriptor::shared::<(), String>("Read"),
        HandlerDescriptor::exclusive::<Vec<u8>, ()>("Import"),
        HandlerDescriptor::shared::<Note, Note>("Sign")
            .settings(Settings::new().encoding(Encoding::Proto)),
    ],
)
.documentation("Keeps notes.")
.metadata(&[("owner", "pete"), ("tier", "gold")]);

const SINCE_V3: Settings = Settings::new()
    .inactivity_timeout(Duration::from_secs(60))
    .abort_timeout(Duration::from_micros(1500))
    .journal_retention(Duration::from_secs(3600))
    .workflow_retention(Duration::from_secs(7200))
    .lazy_state(true)
    .private(true);

/// Every field that version 3 adds.
static SIGNUP: ServiceDescriptor = ServiceDescriptor::workflow(
    "Signup",
    &[
        HandlerDescriptor::run::<String, bool>("Run").settings(SINCE_V3),
        HandlerDescriptor::shared::<String, ()>("Confirm")
            .settings(Settings::new().private(false).idempotency_retention(Duration::from_secs(5))),
    ],
)
.settings(SINCE_V3);

const SINCE_V4: Settings = Settings::new()
    .retry_policy(
        RetryPolicy::new()
            .initial_interval(Duration::from_millis(100))
            .max_interval(Duration::from_secs(10))
            .factor(1.5)
            .max_attempts(5),
    )
    .on_max_attempts(OnMaxAttempts::Pause);

/// Every field that version 4 adds.
static MAILER: ServiceDescriptor = ServiceDescriptor::service(
    "Mailer",
    &[HandlerDescriptor::plain::<String, ()>("Send").settings(
        Settings::new()
            .retry_policy(RetryPolicy::new().max_attempts(1))
            .on_max_attempts(OnMaxAttempts::Kill),
    )],
)
.settings(SINCE_V4);

async fn manifest(
    services: &[&'static ServiceDescriptor],
    accept: &str,
    http: Version,
) -> (StatusCode, String) {
    let builder = services
        .iter()
        .fold(Endpoint::builder(), |endpoint, service| endpoint.bind(Described(service)));
    let request = Request::get("/discover")
        .version(http)
        .header("accept", accept)
        .body(Full::<Bytes>::default())
        .unwrap();
    let response = builder.build().unwrap().handle(request).await.unwrap();
    let status = response.status();
    if status.is_success() {
        assert_eq!(response.headers()["content-type"], accept);
    }
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn version(version: u32) -> String {
    format!("application/vnd.restate.endpointmanifest.v{version}+json")
}

async fn compare(services: &[&'static ServiceDescriptor], asked: u32) {
    let (status, json) = manifest(services, &version(asked), Version::HTTP_2).await;
    assert_eq!(status, 200, "{json}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let actual = format!("{json:#}\n");
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/manifest.v{asked}.json"));
    if env::var_os("BLESS").is_some() {
        fs::write(file, actual).unwrap();
    } else {
        let expected = fs::read_to_string(file).expect("`BLESS=1 cargo test` writes it");
        assert_eq!(actual, expected);
    }
}

#[tokio::test]
async fn version_2_describes_services() {
    compare(&[&NOTES], 2).await;
}

#[tokio::test]
async fn version_3_adds_settings() {
    compare(&[&NOTES, &SIGNUP], 3).await;
}

#[tokio::test]
async fn version_4_adds_retries() {
    compare(&[&NOTES, &SIGNUP, &MAILER], 4).await;
}

#[tokio::test]
async fn a_setting_that_the_version_lacks_is_an_error() {
    let (status, message) = manifest(&[&MAILER], &version(3), Version::HTTP_2).await;
    assert_eq!(status, 500);
    assert_eq!(
        message,
        "`retry_policy` of `Mailer` needs version 4 of the manifest, and the server asks for 3; \
         upgrade the server, or leave the setting out"
    );
    let (status, message) = manifest(&[&SIGNUP], &version(2), Version::HTTP_2).await;
    assert_eq!(status, 500);
    assert!(message.starts_with("`inactivity_timeout` of `Signup` needs version 3"), "{message}");
}

#[tokio::test]
async fn other_versions_are_unsupported() {
    for accept in [version(1), version(5), "application/json".to_owned()] {
        let (status, message) = manifest(&[&NOTES], &accept, Version::HTTP_2).await;
        assert_eq!(status, 415);
        assert!(message.starts_with(&format!("`{accept}` names no supported version")));
    }
}

#[tokio::test]
async fn the_mode_follows_the_version_of_http() {
    let (_, over_http2) = manifest(&[&NOTES], &version(4), Version::HTTP_2).await;
    assert!(over_http2.contains(r#""protocolMode":"BIDI_STREAM""#), "{over_http2}");
    let (_, over_http1) = manifest(&[&NOTES], &version(4), Version::HTTP_11).await;
    assert!(over_http1.contains(r#""protocolMode":"REQUEST_RESPONSE""#), "{over_http1}");
}

#[tokio::test]
async fn settings_given_to_the_builder_override_the_contract() {
    let settings = Settings::new().retry_policy(RetryPolicy::new().max_attempts(9));
    let overrides = ServiceOptions::new(settings).handler("Send", Settings::new().private(true));
    let endpoint = Endpoint::builder().bind_with(Described(&MAILER), overrides).build().unwrap();
    let request = Request::get("/discover").header("accept", "*/*");
    let response = endpoint.handle(request.body(Full::<Bytes>::default()).unwrap()).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let manifest: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let service = &manifest["services"][0];
    assert_eq!(service["retryPolicyMaxAttempts"], 9);
    assert_eq!(service["retryPolicyMaxInterval"], 10_000);
    assert_eq!(service["handlers"][0]["retryPolicyMaxAttempts"], 1);
    assert_eq!(service["handlers"][0]["ingressPrivate"], true);
}
