use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use restate_tests::target;
use serde::Serialize;

/// The directory of the users' sources, and of the lock files that pin their dependencies.
const BENCHES: &str = env!("CARGO_MANIFEST_DIR");

/// A user's crate with one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum User {
    Official,
    Trait,
    Contract,
}

impl User {
    pub(super) const ALL: [Self; 3] = [Self::Official, Self::Trait, Self::Contract];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Official => "official SDK",
            Self::Trait => "restate-endpoint, a trait",
            Self::Contract => "restate-endpoint, a .proto",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Trait => "trait",
            Self::Contract => "contract",
        }
    }

    fn lock(self) -> &'static str {
        match self {
            Self::Official => "official/Cargo.lock",
            Self::Trait | Self::Contract => "../Cargo.lock",
        }
    }

    fn dependencies(self) -> String {
        let ours = |name: &str| format!("{name} = {{ path = '{BENCHES}/../{name}' }}\n");
        match self {
            Self::Official => "restate-sdk = '=0.13.0'\n".to_owned(),
            Self::Trait => [ours("restate-core"), ours("restate-endpoint")].concat(),
            Self::Contract => {
                let own = ["restate-core", "restate-endpoint"].map(ours).concat();
                format!("{own}[build-dependencies]\n{}", ours("restate-codegen"))
            }
        }
    }

    /// Writes the crate to a new directory, without any build output.
    pub(super) fn write(self) -> io::Result<Crate> {
        let root = target().join("bench/users").join(self.source());
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        fs::create_dir_all(root.join("src"))?;
        let sources = Path::new(BENCHES).join("users").join(self.source());
        for entry in fs::read_dir(sources)? {
            let entry = entry?;
            let name = entry.file_name();
            let to = if name == "main.rs" { root.join("src/main.rs") } else { root.join(name) };
            fs::copy(entry.path(), to)?;
        }
        fs::copy(Path::new(BENCHES).join(self.lock()), root.join("Cargo.lock"))?;
        let manifest = format!(
            "[package]\nname = 'user'\nedition = '2024'\n\n[workspace]\n\n[dependencies]\n\
             tokio = {{ version = '1.54', features = ['macros', 'rt-multi-thread'] }}\n{}",
            self.dependencies()
        );
        fs::write(root.join("Cargo.toml"), manifest)?;
        Ok(Crate { root })
    }
}

/// A user's crate on disk, with its build output.
pub(super) struct Crate {
    root: PathBuf,
}

impl Crate {
    /// A cargo command for it, without settings inherited from this repository's environment.
    pub(super) fn cargo(&self, command: &str) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.arg(command).arg("--manifest-path").arg(self.root.join("Cargo.toml"));
        cargo.env("CARGO_TARGET_DIR", self.built()).env_remove("CARGO_INCREMENTAL");
        cargo
    }

    /// Changes the response of the handler.
    pub(super) fn change_handler(&self, change: u32) -> io::Result<()> {
        self.change("src/main.rs", "Greetings", &format!("Greetings{change}"))
    }

    /// Adds a field to the contract; returns whether the crate has one.
    pub(super) fn change_contract(&self, change: u32) -> io::Result<bool> {
        let contract = "greeter.proto";
        let exists = self.root.join(contract).exists();
        if exists {
            let (field, number) = ("string name = 1;", change + 2);
            let fields = format!("{field}\n  string title{number} = {number};");
            self.change(contract, field, &fields)?;
        }
        Ok(exists)
    }

    fn change(&self, file: &str, from: &str, to: &str) -> io::Result<()> {
        let path = self.root.join(file);
        let text = fs::read_to_string(&path)?;
        fs::write(&path, text.replacen(from, to, 1))
    }

    /// The size of the build output in bytes.
    pub(super) fn size(&self) -> io::Result<u64> {
        size(&self.built())
    }

    fn built(&self) -> PathBuf {
        self.root.join("target")
    }
}

fn size(directory: &Path) -> io::Result<u64> {
    fs::read_dir(directory)?.try_fold(0, |sum, entry| {
        let entry = entry?;
        let metadata = entry.metadata()?;
        Ok(sum + if metadata.is_dir() { size(&entry.path())? } else { metadata.len() })
    })
}
