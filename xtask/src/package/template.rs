//! A project that `restate-embedded new` writes, as its user builds, tests and runs it.

use std::{fs, path::Path, process::Command};

use super::{cargo, free_address, packed::Packed, post, shared_target, start, write};
use crate::command::{self, Failed};

const NAME: &str = "order-desk";

/// Writes a project with the packed command line, tests it, and calls it.
pub(super) fn run(directory: &Path, packed: &Packed) -> Result<(), Failed> {
    let failed = || Failed::files("the project from the template");
    let _ = fs::remove_dir_all(directory);
    fs::create_dir_all(directory).map_err(failed())?;
    // Rustfmt looks for its settings in outer directories, too, and a user has none of this repository.
    write(&directory.join("rustfmt.toml"), "")?;
    // Programs are not built as dependencies.
    let tool = directory.join("tool");
    let dependency =
        "[dependencies]\nrestate-embedded = { version = \"0.1\", features = [\"cli\"] }\n";
    write(&tool.join("Cargo.toml"), &packed.manifest("tool", dependency))?;
    write(&tool.join("src/lib.rs"), "")?;
    packed.copy_lock(&tool)?;
    cargo(&tool, &["build", "--package", "restate-embedded", "--bin", "restate-embedded"])?;
    let program = shared_target().join("debug").join("restate-embedded");
    command::run(Command::new(program).current_dir(directory).args(["new", NAME]))?;

    let project = directory.join(NAME);
    let manifest = project.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).map_err(failed())?;
    write(&manifest, &format!("{text}\n[workspace]\n\n{}", packed.patches()))?;
    packed.copy_lock(&project)?;
    cargo(&project, &["fmt", "--check"])?;
    cargo(&project, &["clippy", "--all-targets", "--", "-D", "warnings"])?;
    // The second time with the contract lock and the recordings that the first has written.
    cargo(&project, &["test"])?;
    cargo(&project, &["test", "--locked"])?;
    for file in ["proto/contract.lock", "tests/recordings"] {
        if !project.join(file).exists() {
            return Err(Failed::Package(format!(
                "the tests of the template have not written {file}"
            )));
        }
    }
    cargo(&project, &["build"])?;
    call(&project, &free()?, &[])?;
    call_in_container(&project)
}

/// Calls the program with the variables that it has in a container.
fn call_in_container(project: &Path) -> Result<(), Failed> {
    let read = |name| fs::read_to_string(project.join(name)).map_err(Failed::files(name));
    let (dockerfile, readme) = (read("Dockerfile")?, read("README.md")?);
    let built = dockerfile.lines().filter_map(|line| line.strip_prefix("ENV "));
    let run = readme.lines().filter_map(|line| line.trim().strip_prefix("docker run "));
    let variables: Vec<_> = built
        .chain(run)
        .flat_map(str::split_whitespace)
        .filter_map(|it| it.split_once('='))
        .collect();
    let ingress = variables.iter().find(|(name, _)| *name == "INGRESS");
    let Some((host, _)) = ingress.and_then(|(_, address)| address.rsplit_once(':')) else {
        return Err(Failed::Package("the template's Dockerfile has no `INGRESS`".to_owned()));
    };
    // Its port may be in use on this machine.
    call(project, &free()?.replace("127.0.0.1", host), &variables)
}

/// Calls the program, which listens on this address.
fn call(project: &Path, ingress: &str, environment: &[(&str, &str)]) -> Result<(), Failed> {
    let (admin, data) = (free()?, project.join("restate-data"));
    let program = shared_target().join("debug").join(NAME);
    let mine = [("INGRESS", ingress), ("ADMIN", &admin), ("DATA", &data.display().to_string())];
    let mut running = start(project, &program, &[environment, &mine].concat())?;
    let body = r#"{"item":"book","pieces":2}"#;
    let answer = post(&mut running, ingress, "/orders.v1.Orders/Place", body);
    running.kill().and_then(|()| running.wait()).map_err(Failed::files("the program"))?;
    match answer {
        Ok(answer) if answer.ends_with(r#"{"payment":"payment for 2 x book"}"#) => Ok(()),
        Ok(answer) => Err(Failed::Package(format!("the template's program answered {answer:?}"))),
        Err(error) => Err(Failed::Files { what: "the answer of the template's program", error }),
    }
}

fn free() -> Result<String, Failed> {
    free_address().map_err(Failed::files("a free port"))
}
