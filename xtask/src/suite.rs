//! All tests, or those that run without what a machine lacks.

use crate::{
    command::{Failed, cargo},
    npm, promtool, protobuf, rpc_clients, typescript_example,
};

/// What is skipped, because something is missing that it needs.
#[derive(clap::Args)]
pub(crate) struct Skipped {
    /// Skips the tests that need a Restate server or buf, and lists them.
    #[arg(long)]
    without_server: bool,
    /// Skips the tests that need the TypeScript SDK or buf, and lists them.
    #[arg(long)]
    without_typescript: bool,
    /// Skips Google's protobuf conformance suite, and says so.
    #[arg(long)]
    without_protobuf: bool,
}

/// Runs the tests.
pub(crate) fn test(skipped: &Skipped) -> Result<(), Failed> {
    match (skipped.without_server, skipped.without_typescript) {
        (true, _) => test_without_server()?,
        (_, true) => test_without_typescript()?,
        _ => test_all()?,
    }
    test_protobuf(skipped.without_protobuf)
}

fn test_all() -> Result<(), Failed> {
    npm::SERVER.install()?;
    npm::CLI.install()?;
    npm::TYPESCRIPT_SDK.install()?;
    npm::TYPESCRIPT_CLIENT.install()?;
    typescript_example::install()?;
    npm::BUF.install()?;
    npm::POSTGRES.install()?;
    rpc_clients::install()?;
    rpc_clients::install_python_sdk()?;
    promtool::install()?;
    cargo(&["test", "--workspace", "--locked"])?;
    test_large()?;
    test_features()?;
    cargo(&FRONT)?;
    test_tonic()
}

fn test_without_typescript() -> Result<(), Failed> {
    npm::SERVER.install()?;
    npm::CLI.install()?;
    npm::POSTGRES.install()?;
    promtool::install()?;
    test_crates_without_buf()?;
    cargo(&["test", "--package", "restate-sqlx-tests", "--locked"])?;
    let tests = ["test", "--package", "restate-tests", "--locked"];
    cargo(&[&tests[..], &WITHOUT_SERVER, &["--test", "conformance"]].concat())?;
    cargo(
        &[&tests[..], &["--test", "restate_cli", "--test", "operations", "--test", "metrics"]]
            .concat(),
    )?;
    cargo(&[&tests[..], &["--test", "endpoint", "--", "--skip", "typescript"]].concat())?;
    test_large()?;
    test_features()?;
    cargo(&[&FRONT[..], &["--", "--skip", "third_party"]].concat())?;
    test_tonic()?;
    eprintln!(
        "skipped: tests/tests/endpoint/typescript.rs and typescript_client.rs and tests/tests/mixed, \
         which need the TypeScript SDK and client, tests/tests/python.rs, which needs the Python SDK, and \
         restate-codegen/tests/buf.rs, tests/rpc/tests/clients and restate-grpc/tests/front/third_party.rs, \
         which need buf, and tests/page, which needs Chromium"
    );
    Ok(())
}

fn test_without_server() -> Result<(), Failed> {
    test_crates_without_buf()?;
    let sqlite = ["test", "--package", "restate-sqlx-tests", "--locked", "--test", "steps"];
    cargo(&[&sqlite[..], &["--", "sqlite"]].concat())?;
    let tests = ["test", "--package", "restate-tests", "--locked"];
    cargo(&[&tests[..], &WITHOUT_SERVER].concat())?;
    cargo(&[&tests[..], &["--test", "conformance", "--", "--without-server"]].concat())?;
    test_large()?;
    test_features()?;
    cargo(&[&FRONT[..], &["--lib", "--bins"]].concat())?;
    test_tonic()?;
    eprintln!(
        "skipped: tests/tests/endpoint, tests/tests/operations, restate-grpc/tests/front and half of \
         tests/tests/conformance, which need a Restate server, tests/tests/restate_cli, which needs Restate's command line, \
         tests/tests/mixed and tests/tests/python.rs, which need the SDKs for TypeScript and Python, and \
         restate-codegen/tests/buf.rs and tests/rpc/tests/clients, which need buf, tests/page, which needs \
         Chromium, tests/tests/metrics.rs, which needs promtool, and most of tests/sqlx, which needs Postgres"
    );
    Ok(())
}

/// The tests of gRPC in front of a Restate server.
const FRONT: [&str; 6] =
    ["test", "--package", "restate-grpc", "--features", "cli,tower", "--locked"];

/// The tests of `restate-tests` that need no Restate server.
const WITHOUT_SERVER: [&str; 10] = [
    "--lib",
    "--bins",
    "--test",
    "binary",
    "--test",
    "crash",
    "--test",
    "deployments",
    "--test",
    "hostile",
];

fn test_crates_without_buf() -> Result<(), Failed> {
    let excluded = [
        "restate-tests",
        "restate-codegen",
        "restate-rpc-tests",
        "restate-page-tests",
        "restate-sqlx-tests",
    ];
    let excluded = excluded.map(|package| ["--exclude", package]).concat();
    cargo(&[&["test", "--workspace", "--locked"], &excluded[..]].concat())?;
    cargo(&["test", "--package", "restate-rpc-tests", "--locked", "--test", "rpc"])?;
    cargo(&["test", "--package", "restate-codegen", "--locked", "--", "--skip", "buf_"])
}

/// Tests that are ignored elsewhere, as they need gigabytes.
pub(crate) fn test_large() -> Result<(), Failed> {
    let test = ["test", "--package", "restate-embedded", "--test", "large", "--locked"];
    cargo(&[&test[..], &["--", "--ignored", "--test-threads", "1"]].concat())
}

fn test_protobuf(is_skipped: bool) -> Result<(), Failed> {
    if is_skipped {
        eprintln!("skipped: Google's protobuf conformance suite (`cargo xtask protobuf`)");
        return Ok(());
    }
    protobuf::test()
}

/// Tests of features that are off by default: TLS, encryption, and the command line, with TLS and without.
fn test_features() -> Result<(), Failed> {
    let embedded = ["test", "--package", "restate-embedded", "--locked", "--bins"];
    let cli = ["--features", "cli", "--test", "cli", "--test", "record"];
    cargo(&[&embedded[..], &cli].concat())?;
    let all = ["--features", "cli,tls", "--test", "cli_tls", "--test", "deaths", "--test", "tls"];
    cargo(&[&embedded[..], &all].concat())?;
    let serve = ["--features", "otlp", "--lib", "--test", "serve", "--test", "serve_memory"];
    cargo(&[&embedded[..], &serve, &["--test", "cli_reference"]].concat())?;
    let encryption = ["--features", "cli,encryption", "--lib", "--test", "encryption"];
    cargo(&[&embedded[..], &encryption].concat())?;
    // Pages whose listings need TLS, encryption and OpenTelemetry.
    let guide = ["test", "--package", "restate-guide-tests", "--locked", "--features", "rare"];
    cargo(&[&guide[..], &["--doc"]].concat())?;
    cargo(&["test", "--package", "restate-endpoint", "--all-features", "--locked"])?;
    cargo(&["test", "--package", "restate-ingress", "--features", "tls-webpki-roots", "--locked"])
}

/// Runs the example of a contract that is served over gRPC, too. It is not in the workspace, and fails if
/// an answer is wrong.
fn test_tonic() -> Result<(), Failed> {
    let example = ["run", "--manifest-path", TONIC, "--target-dir", "target/tonic", "--locked"];
    cargo(&example)
}

/// Tests the example of other database libraries. It is not in the workspace, and builds them for minutes.
pub(crate) fn test_orms() -> Result<(), Failed> {
    npm::POSTGRES.install()?;
    cargo(&["test", "--manifest-path", ORMS, "--target-dir", "target/orms", "--locked"])
}

/// The manifests of the examples that are not in the workspace.
pub(crate) const TONIC: &str = "examples/tonic/Cargo.toml";
pub(crate) const ORMS: &str = "examples/orms/Cargo.toml";
