//! The plugin, run by `buf generate`, and descriptor sets of `buf build`.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const PLUGIN: &str = env!("CARGO_BIN_EXE_protoc-gen-restate");

#[test]
fn buf_generates_the_same_code_as_build_scripts() {
    let contracts = ["greeter", "counter", "shop", "money", "signup", "helloworld", "old"];
    let module = Module::with("golden", &contracts, "[include_file=contracts.rs]");
    let output = module.run(&["generate"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for name in ["greeter.v1.rs", "counter.v1.rs", "signup.v1.rs", "helloworld.rs", "_.rs"] {
        let golden = fs::read_to_string(file("golden", name)).expect("a golden file is text");
        assert_eq!(module.generated(name), golden, "{name}");
    }
    assert!(module.generated("contracts.rs").contains("include!(\"shop.v1.rs\");"));
}

/// `BLESS=1` rewrites the files in `editions/`.
#[test]
fn buf_generates_code_for_editions() {
    let module = Module::with("editions", &EDITIONS, "[]");
    let output = module.run(&["generate"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for name in ["editions.v1.rs", "editions.modern.v1.rs"] {
        let generated = module.generated(name);
        if env::var_os("BLESS").is_some() {
            fs::write(file("editions", name), &generated).expect("it can be written");
        }
        let golden = fs::read_to_string(file("editions", name)).expect("a golden file is text");
        assert_eq!(generated, golden, "{name}");
    }
}

#[test]
fn buf_builds_a_descriptor_set_that_gives_the_same_code() {
    let module = Module::with("editions", &EDITIONS, "[]");
    let output = module.run(&["build", "-o", "contract.binpb"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (set, copy) = (module.path("contract.binpb"), module.path("copy.binpb"));
    let mut config = restate_codegen::Config::new();
    config.crate_path("::restate_core").out_dir(module.path("generated")).descriptor_set(&copy);
    config.compile_descriptor_set(&set).expect("the contract is in order");
    for name in ["editions.v1.rs", "editions.modern.v1.rs"] {
        let golden = fs::read_to_string(file("editions", name)).expect("a golden file is text");
        assert_eq!(module.generated(name), golden, "{name}");
    }
    let read = |path| fs::read(path).expect("it was written");
    assert!(read(set) == read(copy), "a descriptor set is copied as it is");
}

const EDITIONS: [&str; 3] = ["forms", "implied", "modern"];

#[test]
fn buf_shows_mistakes_with_their_locations() {
    let module = Module::with("golden", &[], "[]");
    let contract = "syntax = \"proto3\";\npackage api.v1;\nmessage M {}\nservice S {\n  \
                    rpc Watch(M) returns (stream M);\n}\n";
    fs::write(module.path("proto/api.proto"), contract).expect("a contract can be written");
    let output = module.run(&["generate"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("api.proto:5:3: rpc `Watch` of `S` streams its responses"), "{said}");
}

/// A buf module: contracts, and the options that they import.
struct Module(tempfile::TempDir);

impl Module {
    /// With `contracts` of `directory`.
    fn with(directory: &str, contracts: &[&str], parameters: &str) -> Self {
        let module = Self(tempfile::tempdir().expect("a directory can be made"));
        for contract in contracts {
            let name = format!("{contract}.proto");
            module.copy(&file(directory, &name), &name);
        }
        let options = Path::new(env!("CARGO_MANIFEST_DIR")).join("proto");
        for name in ["restate/options.proto", "dev/restate/ext.proto", "dev/restate/sdk/go.proto"] {
            module.copy(&options.join(name), name);
        }
        let generation = format!(
            "version: v2\nplugins:\n  - local: {PLUGIN:?}\n    out: generated\n    \
             strategy: all\n    opt: {parameters}\n"
        );
        for (name, text) in [
            ("buf.yaml", "version: v2\nmodules:\n  - path: proto\n"),
            ("buf.gen.yaml", &generation),
        ] {
            fs::write(module.path(name), text).expect("it can be written");
        }
        module
    }

    fn copy(&self, contract: &Path, name: &str) {
        let copy = self.path("proto").join(name);
        fs::create_dir_all(copy.parent().expect("it is in the module")).expect("it can be made");
        fs::copy(contract, copy).expect("a contract can be copied");
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(buf())
            .args(arguments)
            .current_dir(self.0.path())
            .env("BUF_CACHE_DIR", self.path("cache"))
            .output()
            .expect(
                "buf starts: install it with `cargo xtask buf` (needs npm), or set BUF to its \
                 path, or leave these tests out with `cargo xtask test --without-server`",
            )
    }

    fn generated(&self, name: &str) -> String {
        fs::read_to_string(self.path("generated").join(name)).expect("it was generated")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// A file in a directory next to this one.
fn file(directory: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(directory).join(name)
}

/// The program that `BUF` names, or the one that `cargo xtask buf` has installed in `target/`.
fn buf() -> OsString {
    let target = Path::new(PLUGIN).ancestors().nth(2).expect("cargo builds into target/debug");
    env::var_os("BUF").unwrap_or_else(|| target.join("buf/node_modules/.bin/buf").into())
}
