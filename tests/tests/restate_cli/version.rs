//! What the command line asks first.

use restate_embedded::Tokens;

use crate::setup::Platform;

const TOKEN: &str = "operator-0123456789";
const TOKENS: &str = "operator change operator-0123456789";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoami_finds_the_admin_interface_and_its_version() {
    let platform = Platform::start().await;
    let printed = platform.cli.run(&["whoami"]);
    assert!(printed.success, "{}", printed.text);
    assert!(printed.text.contains("is healthy"), "{}", printed.text);
    for problem in ["[ERR]", "Could not verify the admin API version", "not compatible"] {
        assert!(!printed.text.contains(problem), "{}", printed.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_sends_its_token() {
    let platform = Platform::start_with(|builder| builder.admin_tokens(Tokens::text(TOKENS))).await;
    let without = platform.cli.run(&["whoami"]);
    let with = platform.cli.run_with_token(&["whoami"], TOKEN);
    assert!(with.success && !with.text.contains("verify the admin API"), "{}", with.text);
    assert!(without.text.contains("Could not verify the admin API version"), "{}", without.text);
}
