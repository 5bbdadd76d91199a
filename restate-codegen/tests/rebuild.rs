//! Builds a crate with a contract twice: without a change, nothing is written or compiled again.
//!
//! Its build script runs this program again, so that it needs no dependencies.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

fn main() {
    if env::args().nth(1).as_deref() == Some(GENERATE) {
        return generate();
    }
    let directory = tempfile::tempdir().expect("a directory can be made");
    let user = User { root: directory.path().to_owned() };
    user.write();

    let first = user.build();
    assert!(first.contains("Compiling user v0.0.0"), "{first}");
    let written = user.generated();
    let what = "two packages, what includes them, the other contract, a lock, a set and a list";
    assert_eq!(written.len(), 7, "{what}: {written:?}");

    let second = user.build();
    assert!(second.contains("Fresh user v0.0.0"), "{second}");
    assert!(!second.contains("Compiling") && !second.contains("Running"), "{second}");
    assert_eq!(user.generated(), written, "a build without a change writes something");

    user.append("proto/api.proto", "message Added {}\n");
    let third = user.build();
    assert!(third.contains("Compiling user v0.0.0"), "{third}");
    let changed: Vec<_> = user.generated().into_iter().filter(|it| !written.contains(it)).collect();
    let changed: Vec<_> = changed.iter().filter_map(|(path, _)| path.file_name()).collect();
    assert_eq!(changed, ["api.v1.rs", "set.binpb"]);

    let fourth = user.build();
    assert!(fourth.contains("Fresh user v0.0.0"), "{fourth}");

    // A package that is renamed: its old file is gone, and those of the other call stay as they are.
    let written = user.generated();
    user.replace("proto/common.proto", "common.v1", "shared.v1");
    user.replace("proto/api.proto", "common.v1", "shared.v1");
    user.replace("proto/contract.lock", "common.v1", "shared.v1");
    user.build();
    let (names, generated) = (user.generated_names(), user.generated());
    assert!(!names.contains(&"common.v1.rs".into()), "{names:?}");
    assert!(names.contains(&"shared.v1.rs".into()), "{names:?}");
    let other = |(path, _): &&(PathBuf, SystemTime)| path.ends_with("other.v1.rs");
    assert_eq!(generated.iter().find(other), written.iter().find(other));

    // A call that is gone: so are its files.
    fs::remove_file(user.root.join("proto/other.proto")).expect("it can be removed");
    user.append("proto/api.proto", "message Last {}\n");
    user.build();
    let names = user.generated_names();
    assert!(!names.contains(&"other.v1.rs".into()), "{names:?}");
}

const GENERATE: &str = "generate";

/// The build script of the crate.
fn generate() {
    restate_codegen::Config::new()
        .include_file("contracts.rs")
        .lock("proto/contract.lock")
        .descriptor_set(
            Path::new(&env::var_os("OUT_DIR").expect("cargo sets it")).join("set.binpb"),
        )
        .compile_protos(&["proto/api.proto"], &["proto"])
        .expect("the contract is in order");
    if Path::new("proto/other.proto").exists() {
        restate_codegen::compile_protos(&["proto/other.proto"], &["proto"])
            .expect("the contract is in order");
    }
}

/// A crate that generates code.
struct User {
    root: PathBuf,
}

impl User {
    fn write(&self) {
        let program = env::current_exe().expect("this program is a file");
        let script = format!(
            "fn main() {{\n    let status = std::process::Command::new({program:?})\
             .arg({GENERATE:?}).status();\n    assert!(status.unwrap().success());\n}}\n"
        );
        let library =
            "pub const API: &str = include_str!(concat!(env!(\"OUT_DIR\"), \"/api.v1.rs\"));\n";
        let manifest = "[package]\nname = \"user\"\nedition = \"2024\"\n\n[workspace]\n";
        let common = "syntax = \"proto3\"; package common.v1; message Money { int64 cents = 1; }\n";
        let api = "syntax = \"proto3\"; package api.v1;\nimport \"common.proto\";\n\
                   import \"restate/options.proto\";\nservice Shop {\n  \
                   option (restate.service) = { kind: OBJECT };\n  \
                   rpc Pay(common.v1.Money) returns (common.v1.Money);\n}\n";
        for (name, text) in [
            ("Cargo.toml", manifest),
            ("build.rs", &script),
            ("src/lib.rs", library),
            ("proto/common.proto", common),
            ("proto/other.proto", "syntax = \"proto3\"; package other.v1; message Other {}\n"),
            ("proto/api.proto", api),
        ] {
            let path = self.root.join(name);
            fs::create_dir_all(path.parent().expect("it is in the crate")).expect("it can be made");
            fs::write(path, text).expect("the crate can be written");
        }
    }

    fn append(&self, name: &str, text: &str) {
        self.edit(name, |present| present + text);
    }

    fn replace(&self, name: &str, from: &str, to: &str) {
        self.edit(name, |present| present.replace(from, to));
    }

    fn edit(&self, name: &str, edit: impl FnOnce(String) -> String) {
        let path = self.root.join(name);
        let present = fs::read_to_string(&path).expect("it was written");
        fs::write(path, edit(present)).expect("it can be written again");
    }

    fn generated_names(&self) -> Vec<OsString> {
        let names =
            self.generated().into_iter().filter_map(|(path, _)| Some(path.file_name()?.into()));
        names.collect()
    }

    /// The output of `cargo build`.
    fn build(&self) -> String {
        let output = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()))
            .args(["build", "--offline", "--verbose", "--color", "never"])
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.target())
            .output()
            .expect("cargo starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        said
    }

    /// All generated files with their modification times.
    fn generated(&self) -> Vec<(PathBuf, SystemTime)> {
        let packages = entries(&self.target().join("debug/build"));
        let outs = packages.iter().map(|package| package.join("out"));
        let mut files: Vec<_> = outs.flat_map(|out| entries(&out)).collect();
        files.push(self.root.join("proto/contract.lock"));
        files.sort();
        let written = |path: &PathBuf| fs::metadata(path).and_then(|file| file.modified());
        let times: Vec<_> = files.iter().map(|path| written(path).expect("it is there")).collect();
        files.into_iter().zip(times).collect()
    }

    fn target(&self) -> PathBuf {
        self.root.join("target")
    }
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
