//! Restate's own command line, in its own process.

use std::{env, net::SocketAddr, path::PathBuf, process::Command};

use tempfile::TempDir;

use crate::target;

/// The environment variable that names the program to use instead of the installed one.
pub const PATH_VARIABLE: &str = "RESTATE_CLI";

/// The command line, for one admin interface.
#[derive(Debug)]
pub struct RestateCli {
    admin: SocketAddr,
    /// Where it looks for its configuration.
    home: TempDir,
}

/// What a command has printed.
#[derive(Debug)]
pub struct Printed {
    /// Whether the command says that it has succeeded.
    pub success: bool,
    /// Both outputs, one after the other.
    pub text: String,
}

impl RestateCli {
    /// The command line for the admin interface at this address.
    ///
    /// # Panics
    ///
    /// If there is no temporary directory.
    pub fn new(admin: SocketAddr) -> Self {
        Self { admin, home: TempDir::new().expect("a temporary directory can be made") }
    }

    /// Runs a command, such as `["services", "list"]`, and answers its questions with yes.
    ///
    /// # Panics
    ///
    /// If the program is missing; the message says what to do.
    pub fn run(&self, arguments: &[&str]) -> Printed {
        self.run_with(arguments, &[])
    }

    /// Runs a command with this bearer token.
    ///
    /// # Panics
    ///
    /// If the program is missing; the message says what to do.
    pub fn run_with_token(&self, arguments: &[&str], token: &str) -> Printed {
        self.run_with(arguments, &[("RESTATE_AUTH_TOKEN", token)])
    }

    /// Runs a command that opens an editor, which is this script for a shell.
    ///
    /// # Panics
    ///
    /// If the program is missing, or the script cannot be written.
    pub fn run_with_editor(&self, arguments: &[&str], script: &str) -> Printed {
        let path = self.home.path().join("editor");
        // A process of this test must not have it open for writing when it is executed, so another one writes.
        let write = r#"printf '%s' "$1" > "$0" && chmod +x "$0""#;
        let mut shell = Command::new("sh");
        let written = shell.args(["-c", write]).arg(&path).arg(script).status();
        assert!(written.is_ok_and(|status| status.success()), "the editor cannot be written");
        let path = path.display().to_string();
        self.run_with(arguments, &[("EDITOR", &path), ("VISUAL", &path)])
    }

    fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Printed {
        let mut command = Command::new(locate());
        command
            .arg("--yes")
            .args(arguments)
            .env("RESTATE_ADMIN_URL", format!("http://{}", self.admin))
            .env("RESTATE_CLI_CONFIG_HOME", self.home.path())
            .env("HOME", self.home.path())
            .env_remove("RESTATE_AUTH_TOKEN")
            .env_remove("RESTATE_ENVIRONMENT")
            .env("DO_NOT_TRACK", "1")
            .env("NO_COLOR", "1");
        command.envs(variables.iter().copied());
        let output = command
            .output()
            .unwrap_or_else(|error| panic!("the command line cannot be started: {error}"));
        let text = [output.stdout, output.stderr].concat();
        Printed {
            success: output.status.success(),
            text: String::from_utf8_lossy(&text).into_owned(),
        }
    }
}

/// The program: `RESTATE_CLI`, or the one installed by `cargo xtask restate-cli`.
fn locate() -> PathBuf {
    if let Some(path) = env::var_os(PATH_VARIABLE) {
        return path.into();
    }
    let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let installed = target()
        .join(format!("restate-cli/node_modules/@restatedev/restate-{os}-{arch}/bin/restate"));
    assert!(
        installed.exists(),
        "no command line of Restate at {}: install it with `cargo xtask restate-cli` (needs npm), or set \
         {PATH_VARIABLE} to the path of one, or skip its tests with `cargo xtask test --without-server`",
        installed.display()
    );
    installed
}
