//! Restate's own command line on the admin interface of the embedded engine.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test that panics has failed, and that is what it is for"
)]

use restate_core::{Context, HandlerResult, service};
use restate_embedded::{Engine, EngineBuilder, Tokens};
use restate_tests::restate_cli::RestateCli;
use tempfile::TempDir;

const TOKEN: &str = "operator-0123456789";
const TOKENS: &str = "operator change operator-0123456789";

#[service(name = "cli.v1.Greeter")]
trait Greeter {
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

struct Services;

impl Greeter for Services {
    async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
        Ok(format!("Hello {name}"))
    }
}

/// An engine, and the command line for its admin interface.
async fn start(
    configure: impl FnOnce(EngineBuilder) -> EngineBuilder,
) -> (Engine, TempDir, RestateCli) {
    let directory = TempDir::new().unwrap();
    let builder = Engine::builder()
        .bind(GreeterServer::new(Services))
        .data_dir(directory.path())
        .admin("127.0.0.1:0");
    let engine = configure(builder).start().await.unwrap();
    let cli = RestateCli::new(engine.admin_addr().unwrap());
    (engine, directory, cli)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoami_finds_the_admin_interface_and_its_version() {
    let (_engine, _directory, cli) = start(|builder| builder).await;
    let printed = cli.run(&["whoami"]);
    assert!(printed.success, "{}", printed.text);
    assert!(printed.text.contains("is healthy"), "{}", printed.text);
    for problem in ["[ERR]", "Could not verify the admin API version", "not compatible"] {
        assert!(!printed.text.contains(problem), "{}", printed.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_sends_its_token() {
    let tokens = |builder: EngineBuilder| builder.admin_tokens(Tokens::text(TOKENS));
    let (_engine, _directory, cli) = start(tokens).await;
    let without = cli.run(&["whoami"]);
    let with = cli.run_with_token(&["whoami"], TOKEN);
    assert!(with.success && !with.text.contains("verify the admin API"), "{}", with.text);
    assert!(without.text.contains("Could not verify the admin API version"), "{}", without.text);
}
