//! The configuration of the generator.

mod descriptor_sets;
mod lock;

use std::{
    fs,
    path::{Path, PathBuf},
};

use restate_codegen::{CodegenError, Config, HandlerNames};
use tempfile::TempDir;

const CONTRACT: &str = r#"
syntax = "proto3";
package api.v1;
import "restate/options.proto";
service Counter {
  option (restate.service) = { kind: OBJECT journal_retention: "2d" };
  rpc AddOne(AddRequest) returns (AddResponse);
  rpc Watch(AddRequest) returns (stream AddResponse);
}
service Plain {
  rpc Ask(AddRequest) returns (AddResponse);
}
message AddRequest {
  string counter_id = 1 [(restate.key) = true];
  int64 amount = 2;
  string note = 3;
}
message AddResponse {
  int64 total = 1;
}
"#;

/// A directory with a contract and the code generated from it.
struct Workshop {
    directory: TempDir,
}

impl Workshop {
    fn new() -> Self {
        let workshop = Self { directory: tempfile::tempdir().expect("a directory can be made") };
        workshop.put(CONTRACT);
        workshop
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn put(&self, contract: &str) {
        fs::write(self.path("api.proto"), contract).expect("the contract can be written");
    }

    fn config(&self) -> Config {
        let mut config = Config::new();
        config.out_dir(self.path("out")).skip_streaming(true);
        config
    }

    fn generate(&self, config: &Config) -> Result<String, CodegenError> {
        config.compile_protos(&[self.path("api.proto")], &[self.directory.path()])?;
        Ok(self.text("out/api.v1.rs"))
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("the file is there")
    }
}

#[test]
fn streaming_rpcs_can_be_skipped() {
    let workshop = Workshop::new();
    let text = workshop.generate(&workshop.config()).unwrap();
    assert!(text.contains("fn add_one(") && !text.contains("fn watch("), "{text}");
}

#[test]
fn clients_or_servers_can_be_omitted() {
    let workshop = Workshop::new();
    let client = workshop.generate(workshop.config().server(false)).unwrap();
    assert!(client.contains("CounterClient") && !client.contains("CounterServer"), "{client}");
    assert!(!client.contains("[`Counter`]"), "no link leads to what is left out:\n{client}");
    let server = workshop.generate(workshop.config().client(false)).unwrap();
    assert!(server.contains("CounterServer") && !server.contains("CounterClient"), "{server}");
}

#[test]
fn services_without_options_can_be_skipped() {
    let workshop = Workshop::new();
    let text = workshop.generate(workshop.config().only_annotated(true)).unwrap();
    assert!(text.contains("trait Counter") && !text.contains("trait Plain"), "{text}");
}

#[test]
fn handlers_have_the_configured_names() {
    let workshop = Workshop::new();
    for (names, name) in [
        (HandlerNames::Proto, r#""AddOne""#),
        (HandlerNames::SnakeCase, r#""add_one""#),
        (HandlerNames::LowerCamelCase, r#""addOne""#),
    ] {
        let text = workshop.generate(workshop.config().handler_names(names)).unwrap();
        assert!(text.contains(name), "{name} is not in\n{text}");
    }
}

#[test]
fn messages_can_be_those_of_another_crate() {
    let workshop = Workshop::new();
    workshop.put(&CONTRACT.replace("import", "import \"money.proto\";\nimport").replace(
        "string note = 3;",
        "money.v1.Money price = 3; map<string, money.v1.Money.Unit> units = 4;",
    ));
    // What another crate has generated is not checked again.
    let money = "syntax = \"proto3\"; package money.v1;\n\
                 message Money { enum Unit { A = 0; } string note = 1; string NOTE = 2; }";
    fs::write(workshop.path("money.proto"), money).unwrap();
    let text = workshop.generate(workshop.config().extern_path(".money.v1", "::shared::cash"));
    let text = text.unwrap();
    assert!(text.contains("Option<::shared::cash::Money>"), "{text}");
    assert!(text.contains("map enum ::shared::cash::money::Unit"), "{text}");
    assert!(!workshop.path("out/money.v1.rs").exists());
}

#[test]
fn a_package_and_a_message_cannot_share_a_module() {
    let workshop = Workshop::new();
    workshop.put(&CONTRACT.replace("import", "import \"counter.proto\";\nimport").replace(
        "message AddResponse {",
        "message Counts { enum Unit { A = 0; } api.v1.counts.far.Far far = 1; }\n\
         message AddResponse {",
    ));
    let far = "syntax = \"proto3\"; package api.v1.counts.far; message Far { int32 way = 1; }";
    fs::write(workshop.path("counter.proto"), far).unwrap();
    workshop.generate(&workshop.config()).unwrap();

    let mut config = workshop.config();
    let error = workshop.generate(config.include_file("contracts.rs")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "api.proto:19:1: the module of message `Counts` and the module of package \
         `api.v1.counts.far` would both be `api::v1::counts` in Rust; rename one, or generate the \
         package separately and name it with `extern_path`"
    );

    let apart = config.extern_path(".api.v1.counts.far", "::far");
    assert!(workshop.generate(apart).unwrap().contains("Option<::far::Far>"));
    assert!(!workshop.text("out/contracts.rs").contains("counts"));
}

#[test]
fn a_message_is_a_module_if_it_has_types_in_it() {
    let workshop = Workshop::new();
    let far = "syntax = \"proto3\"; package api.v1.counts.far; message Far { int32 way = 1; }";
    fs::write(workshop.path("counter.proto"), far).unwrap();
    for (body, is_module) in [
        ("message Unit {}", true),
        ("enum Unit { A = 0; }", true),
        ("oneof choice { int32 a = 1; }", true),
        ("optional int32 a = 1;", false),
        ("map<int32, int32> a = 1;", false),
    ] {
        workshop.put(&CONTRACT.replace("import", "import \"counter.proto\";\nimport").replace(
            "message AddResponse {",
            &format!("message Counts {{ {body} }}\nmessage AddResponse {{"),
        ));
        let mut config = workshop.config();
        let generated = workshop.generate(config.include_file("contracts.rs"));
        assert_eq!(generated.is_err(), is_module, "{body}");
    }
}

#[test]
fn a_directory_may_have_its_own_copy_of_protobufs_files() {
    let workshop = Workshop::new();
    let copies = workshop.path("google/protobuf");
    fs::create_dir_all(&copies).unwrap();
    // Newer versions of protobuf have such options, which the compiler skips.
    let copy = "syntax = \"proto2\"; package google.protobuf; message FieldOptions {\n\
                extensions 1000 to max [declaration = { number: 1000 full_name: \".a.b\" type: \
                \".a.C\" }];\n}";
    fs::write(copies.join("descriptor.proto"), copy).unwrap();
    workshop.generate(&workshop.config()).unwrap();
}

#[test]
fn extension_ranges_may_declare_their_extensions() {
    let workshop = Workshop::new();
    workshop.put(
        "syntax = \"proto2\"; package api.v1; message A {\n\
         extensions 4 to 9 [declaration = { number: 4 full_name: \".api.v1.b\" type: \"string\" \
         }];\n}\n\
         extend A { optional string b = 4; }\nservice S { rpc Ask(A) returns (A); }",
    );
    workshop.generate(&workshop.config()).unwrap();
}

#[test]
fn a_file_with_a_byte_order_mark_is_watched_like_others() {
    let workshop = Workshop::new();
    workshop.put(&format!("\u{feff}{CONTRACT}"));
    let mut config = workshop.config();
    make_old(&workshop.path("api.proto"));
    workshop.generate(config.lock(workshop.path("contract.lock"))).unwrap();
    assert!(is_old(&workshop.path("contract.lock")), "the lock is as old as the contract");
}

#[test]
fn committed_code_that_is_out_of_date_is_found() {
    let workshop = Workshop::new();
    let check = |workshop: &Workshop| {
        let (proto, include) = (workshop.path("api.proto"), workshop.directory.path());
        workshop.config().check_protos(&[proto], &[include])
    };
    let name = workshop.path("out/api.v1.rs").display().to_string();
    let stale = format!("{name} is out of date; generate it again and commit it");
    assert_eq!(check(&workshop).unwrap_err().to_string(), stale);
    workshop.generate(&workshop.config()).unwrap();
    check(&workshop).unwrap();
    workshop.put(&CONTRACT.replace("note", "remark"));
    assert_eq!(check(&workshop).unwrap_err().to_string(), stale);
}

#[test]
fn a_check_finds_left_over_files_and_an_old_lock() {
    let workshop = Workshop::new();
    let mut config = workshop.config();
    config.lock(workshop.path("contract.lock"));
    workshop.generate(&config).unwrap();
    fs::copy(workshop.path("out/api.v1.rs"), workshop.path("out/gone.v1.rs")).unwrap();
    fs::write(workshop.path("out/mod.rs"), "// By hand.\n").unwrap();
    let lock = workshop.text("contract.lock");
    fs::write(workshop.path("contract.lock"), lock.replace("service api.v1.Plain", "# ")).unwrap();
    let check = || {
        let (proto, include) = (workshop.path("api.proto"), workshop.directory.path());
        config.check_protos(&[proto], &[include])
    };
    assert_eq!(
        check().unwrap_err().to_string(),
        format!(
            "{} belongs to a package that is no longer in the contract; delete it\n\
             {} is out of date; generate it again and commit it",
            workshop.path("out/gone.v1.rs").display(),
            workshop.path("contract.lock").display(),
        )
    );

    fs::remove_file(workshop.path("out/gone.v1.rs")).unwrap();
    assert!(!workshop.text("contract.lock").contains("service api.v1.Plain"), "nothing is written");
    workshop.generate(&config).unwrap();
    check().unwrap();
    workshop.put(&CONTRACT.replace("int64 amount", "int32 amount"));
    assert!(check().unwrap_err().to_string().contains("was: field api.v1.AddRequest 2 = int64"));
}

#[test]
fn nothing_is_written_without_a_change() {
    let workshop = Workshop::new();
    let mut config = workshop.config();
    config.lock(workshop.path("contract.lock")).descriptor_set(workshop.path("set"));
    workshop.generate(&config).unwrap();
    let files = ["out/api.v1.rs", "contract.lock", "set"].map(|name| workshop.path(name));
    files.iter().for_each(|file| make_old(file));
    workshop.generate(&config).unwrap();
    assert!(files.iter().all(|file| is_old(file)));
}

fn make_old(file: &Path) {
    let file = fs::File::options().write(true).open(file).expect("the file was generated");
    file.set_modified(std::time::UNIX_EPOCH).expect("its time can be set");
}

fn is_old(file: &Path) -> bool {
    let metadata = fs::metadata(file).expect("the file was generated");
    metadata.modified().expect("it has a time") == std::time::UNIX_EPOCH
}
