//! Packs the public crates, and builds what a user would with the packed files alone.

mod packed;
mod readme;
mod template;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use self::packed::Packed;
use crate::{
    command::{Failed, run},
    target::target,
};

/// Everything that a user can switch on, in one project.
const ALL_FEATURES: &str = r#"restate = { version = "0.1", features = [FEATURES] }
restate-embedded = { version = "0.1", features = ["serve"] }
restate-grpc = { version = "0.1", features = ["cli", "tower"] }

[build-dependencies]
restate-codegen = "0.1"
"#;

/// Packs the crates, runs the program of the README and a project from the template from the packed files,
/// and checks that they compile with all features.
pub(crate) fn run_all() -> Result<(), Failed> {
    let packed = packed::pack()?;
    let root = target().join("package").join("users");
    run_readme(&root.join("readme"), &packed)?;
    template::run(&root.join("template"), &packed)?;
    check_all_features(&root.join("all-features"), &packed)
}

fn run_readme(directory: &Path, packed: &Packed) -> Result<(), Failed> {
    let readme = fs::read_to_string("README.md").map_err(Failed::files("README.md"))?;
    let address = free_address().map_err(Failed::files("a free port"))?;
    for (name, text) in readme::files(&readme)? {
        // The port of the README may be in use on this machine.
        let text = text.replace("127.0.0.1:8080", &address);
        let text = if name == "Cargo.toml" { packed.manifest("greeter", &text) } else { text };
        write(&directory.join(name), &text)?;
    }
    packed.copy_lock(directory)?;
    cargo(directory, &["build"])?;
    let program = shared_target().join("debug").join("greeter");
    let mut running = start(directory, &program, &[])?;
    let answer = greet(&mut running, &address);
    running.kill().and_then(|()| running.wait()).map_err(Failed::files("the program"))?;
    match answer {
        Ok(answer) if answer.ends_with(r#"{"message":"Hello Pete"}"#) => Ok(()),
        Ok(answer) => Err(Failed::Package(format!("the README's program answered {answer:?}"))),
        Err(error) => Err(Failed::Files { what: "the answer of the README's program", error }),
    }
}

fn check_all_features(directory: &Path, packed: &Packed) -> Result<(), Failed> {
    let features = packed.features("restate")?;
    let features: Vec<_> = features.iter().map(|name| format!("{name:?}")).collect();
    let dependencies = ALL_FEATURES.replace("FEATURES", &features.join(", "));
    let manifest = packed.manifest("all-features", &format!("[dependencies]\n{dependencies}"));
    write(&directory.join("Cargo.toml"), &manifest)?;
    write(&directory.join("src/lib.rs"), "")?;
    packed.copy_lock(directory)?;
    cargo(directory, &["check"])?;
    // Programs are not built as dependencies.
    for package in ["restate-embedded", "restate-grpc"] {
        cargo(directory, &["check", "--package", package, "--bins"])?;
    }
    Ok(())
}

fn cargo(directory: &Path, arguments: &[&str]) -> Result<(), Failed> {
    let mut cargo = Command::new(env!("CARGO"));
    run(cargo.current_dir(directory).env("CARGO_TARGET_DIR", shared_target()).args(arguments))
}

/// Where the users' projects are built, away from the workspace.
fn shared_target() -> PathBuf {
    let target = target().join("package").join("target");
    std::path::absolute(&target).unwrap_or(target)
}

fn start(directory: &Path, program: &Path, environment: &[(&str, &str)]) -> Result<Child, Failed> {
    let command = program.display().to_string();
    let mut program = Command::new(program);
    // The engine of an earlier run may have left its data.
    let _ = fs::remove_dir_all(directory.join("restate-data"));
    program.current_dir(directory).env("NO_COLOR", "1").envs(environment.iter().copied());
    program.stdout(Stdio::piped());
    program.spawn().map_err(|error| Failed::NotStarted { command, error })
}

/// Sends the request of the README.
fn greet(running: &mut Child, address: &str) -> std::io::Result<String> {
    post(running, address, "/greeter.v1.Greeter/Greet", r#"{"name":"Pete"}"#)
}

/// Posts JSON once the program says where it listens.
fn post(running: &mut Child, address: &str, path: &str, body: &str) -> std::io::Result<String> {
    let logged = running.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines());
    for line in logged {
        if line?.contains(address) {
            break;
        }
    }
    let mut connection = TcpStream::connect(address)?;
    write!(
        connection,
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer)
}

fn free_address() -> std::io::Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

fn write(path: &Path, text: &str) -> Result<(), Failed> {
    let directory = path.parent().unwrap_or(path);
    fs::create_dir_all(directory)
        .and_then(|()| fs::write(path, text))
        .map_err(Failed::files("a user's project"))
}
