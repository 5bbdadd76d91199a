//! `restate-embedded`: inspects and controls an engine, through its admin interface or its files.

mod address;
mod admin;
mod arguments;
mod call;
mod columns;
mod database;
mod drain;
mod engine_address;
mod execute;
mod failure;
mod list;
mod moved;
mod moving;
mod progress;
mod record;
mod schema;
#[cfg(feature = "serve")]
mod serve;
mod server;
mod show;
mod stopped;
mod style;
mod template;
mod timeline;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "without_tls.rs"]
mod tls;
mod view;
mod watch;

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

#[cfg(feature = "serve")]
use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};
use restate_core::escape::Escaped;
use serde_json::{Value, json};

use arguments::{Arguments, Command};
use engine_address::EngineAddress;
use execute::execute;
use failure::{Cause, Failure};
use view::View;

/// Where the admin interface of an engine is, unless it is said.
const ADMIN: &str = "http://127.0.0.1:9070";

fn main() -> ExitCode {
    let Arguments { admin, data, token_file, ca, json, command } = Arguments::parse();
    #[cfg(feature = "serve")]
    if let Command::Serve(serve) = command {
        if token_file.is_some() || ca.is_some() || json {
            let message = "`--token-file`, `--ca` and `--json` are for commands that ask an engine, and \
                           `serve` is one; its own options are in `serve --help`\n";
            Arguments::command().error(ErrorKind::ArgumentConflict, message).exit();
        }
        return serve::run(*serve);
    }
    let engine = EngineAddress { admin: admin.unwrap_or_else(|| ADMIN.to_owned()), token_file, ca };
    let view = View::of(&command, json);
    let has_shown_all = matches!(command, Command::Watch(_));
    match carry_out(command, data, &engine, view) {
        Ok(_) if has_shown_all => ExitCode::SUCCESS,
        Ok(answer) => print(&view.show(&answer)),
        Err(failure) => report(&failure, json),
    }
}

fn carry_out(
    command: Command,
    data: Option<PathBuf>,
    engine: &EngineAddress,
    view: View,
) -> Result<Value, Failure> {
    match (command, data) {
        (Command::Completions { shell }, _) => {
            let (mut command, mut script) = (Arguments::command(), Vec::new());
            clap_complete::generate(shell, &mut command, "restate-embedded", &mut script);
            Ok(String::from_utf8_lossy(&script).trim_end().into())
        }
        (Command::Backup { file }, data) => database::backup(&directory(data), &file),
        (Command::Move(options), data) => moving::run(&directory(data), &options, engine),
        (Command::New(options), _) => template::create(&options),
        (Command::Check, data) => database::check(&directory(data)),
        (
            Command::Watch(_) | Command::Call(_) | Command::Send { .. } | Command::Drain { .. },
            Some(_),
        ) => {
            let message =
                "this needs an engine that runs; name it with `--admin` instead of `--data`";
            Err(Failure::new(Cause::Invalid, message))
        }
        (Command::Drain { timeout, undo }, None) => drain::drain(&engine.admin()?, timeout, undo),
        (Command::Watch(watched), None) => watch::watch(&engine.admin()?, &watched, view),
        (Command::Call(request), None) => call::call(engine, &request),
        (Command::Send { request, delay }, None) => call::send(engine, &request, delay.as_deref()),
        (command, Some(data)) => stopped::with_admin(&data, |admin| execute(&admin, command)),
        (command, None) => execute(&engine.admin()?, command),
    }
}

fn print(text: &str) -> ExitCode {
    // Who has closed the pipe has seen enough.
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

fn report(failure: &Failure, as_json: bool) -> ExitCode {
    if as_json {
        let exit_code = failure.cause as u8;
        let error = json!({ "error": failure.message, "exit_code": exit_code });
        eprintln!("{}", show::json(&error));
    } else {
        // It may repeat what a stranger has written.
        eprintln!("{}", Escaped(&failure.message));
    }
    failure.exit_code()
}

fn directory(data: Option<PathBuf>) -> PathBuf {
    data.unwrap_or_else(|| "restate-data".into())
}
