//! The project in `examples/typescript/carrier`, built and run as its README says.

use std::{
    env, fs, io,
    net::SocketAddr,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{target, typescript::TypeScript};

/// The environment variable that names a directory with the project's packages in its `node_modules`, to
/// use instead of the installed ones.
pub const PATH_VARIABLE: &str = "RESTATE_TYPESCRIPT_EXAMPLE";

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/typescript/carrier");

const WAY_OUT: &str = "install it with `cargo xtask typescript-example` (needs node and npm), or skip \
                       these tests with `cargo xtask test --without-typescript`";

/// The project, compiled in a directory of its own.
#[derive(Debug)]
pub struct Carrier(TempDir);

impl Carrier {
    /// Compiles the project.
    ///
    /// # Panics
    ///
    /// If node or a package is missing, or the TypeScript has errors; the message says which.
    pub fn build() -> Self {
        let copied = TempDir::new().and_then(|copy| copy_to(copy.path()).map(|()| copy));
        let carrier = Self(copied.expect("its files can be copied"));
        let modules = carrier.0.path().join("node_modules");
        symlink(installed(), modules).expect("its packages can be linked");
        output(&mut carrier.node("node_modules/typescript/bin/tsc"));
        carrier
    }

    /// Serves the carrier on this port of loopback, or on a free one if it is 0, until what this returns is
    /// dropped.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn serve(&self, port: u16) -> TypeScript {
        TypeScript::serve(self.node("dist/main.js").env("PORT", port.to_string()))
    }

    /// Places an order with the client program, and returns what that prints.
    ///
    /// # Panics
    ///
    /// If the program fails.
    pub fn order(&self, ingress: SocketAddr, number: &str, city: &str, items: u32) -> String {
        let mut client = self.node("dist/order.js");
        client.args([number, city, &items.to_string()]);
        output(client.env("INGRESS", format!("http://{ingress}")))
    }

    fn node(&self, script: &str) -> Command {
        let mut node = Command::new("node");
        node.arg(script).current_dir(self.0.path());
        node
    }
}

fn copy_to(copy: &Path) -> io::Result<()> {
    let source = Path::new(SOURCE);
    fs::create_dir(copy.join("src"))?;
    let sources = fs::read_dir(source.join("src"))?.map(|file| file.map(|it| it.path()));
    let settings = ["package.json", "tsconfig.json"].map(|name| Ok(source.join(name)));
    for file in sources.chain(settings) {
        let file = file?;
        let relative = file.strip_prefix(source).expect("it is in this directory");
        fs::copy(&file, copy.join(relative))?;
    }
    Ok(())
}

/// The directory of the project's packages.
fn installed() -> PathBuf {
    let directory = env::var_os(PATH_VARIABLE)
        .map_or_else(|| target().join("typescript-example"), PathBuf::from);
    let modules = directory.join("node_modules");
    modules
        .canonicalize()
        .unwrap_or_else(|error| panic!("{}: {error}; {WAY_OUT}", modules.display()))
}

/// What a program prints.
fn output(program: &mut Command) -> String {
    let ended =
        program.output().unwrap_or_else(|error| panic!("cannot start node: {error}; {WAY_OUT}"));
    let (printed, errors) =
        (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{program:?} has failed: {printed}{errors}");
    printed.trim().to_owned()
}
