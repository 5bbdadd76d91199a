//! The configuration of the generator.

use std::{
    fs,
    path::{Path, PathBuf},
};

use prost::Message;
use prost_types::FileDescriptorSet;
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
fn a_descriptor_set_gives_the_same_code_as_its_protos() {
    let workshop = Workshop::new();
    let set = workshop.path("contract.binpb");
    let text = workshop.generate(workshop.config().descriptor_set(&set)).unwrap();
    let again = workshop.path("again");
    let mut config = workshop.config();
    config.out_dir(&again);
    assert!(
        config
            .check_descriptor_set(&set)
            .unwrap_err()
            .to_string()
            .contains("api.v1.rs is out of date")
    );
    config.compile_descriptor_set(&set).unwrap();
    config.check_descriptor_set(&set).unwrap();
    assert_eq!(fs::read_to_string(again.join("api.v1.rs")).unwrap(), text);
}

#[test]
fn a_descriptor_set_of_similar_names_is_what_protoc_writes() {
    let workshop = Workshop::new();
    workshop.put(
        "syntax = \"proto3\"; package api.v1;\n\
         message A { string foo_bar = 1; repeated int32 foobar = 2; optional string b = 3; A c = 4; }",
    );
    let set = workshop.path("contract.binpb");
    let text = workshop.generate(workshop.config().descriptor_set(&set)).unwrap();
    let files = FileDescriptorSet::decode(&fs::read(&set).unwrap()[..]).unwrap();
    let file = &files.file[0];
    assert_eq!(file.syntax(), "proto3");
    let presence = file.message_type[0].field.iter().map(|field| field.proto3_optional);
    assert_eq!(presence.collect::<Vec<_>>(), [None, None, Some(true), None]);
    workshop.config().compile_descriptor_set(&set).unwrap();
    assert_eq!(workshop.text("out/api.v1.rs"), text);
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
fn a_descriptor_set_may_lack_locations() {
    let workshop = Workshop::new();
    let set = workshop.path("contract.binpb");
    workshop.put(&CONTRACT.replace("service Plain", "// Answers.\nservice Plain"));
    let text = workshop.generate(workshop.config().descriptor_set(&set)).unwrap();
    let bytes = fs::read(&set).unwrap();
    let mut files = FileDescriptorSet::decode(&bytes[..]).unwrap();
    let info = files.file.iter_mut().filter_map(|file| file.source_code_info.as_mut());
    info.for_each(|info| info.location.retain(|it| it.leading_comments.is_some()));
    fs::write(&set, files.encode_to_vec()).unwrap();
    workshop.config().compile_descriptor_set(&set).unwrap();
    // Decoding drops the options, but keeps the comment.
    assert!(
        text.contains("/// Answers.") && workshop.text("out/api.v1.rs").contains("/// Answers.")
    );
}

#[test]
fn a_descriptor_set_of_an_unknown_edition_is_refused() {
    let workshop = Workshop::new();
    let set = workshop.path("contract.binpb");
    workshop.generate(workshop.config().descriptor_set(&set)).unwrap();
    let mut files = FileDescriptorSet::decode(&fs::read(&set).unwrap()[..]).unwrap();
    let contract = files.file.iter_mut().find(|file| file.name() == "api.proto").unwrap();
    contract.syntax = Some("editions".to_owned());
    // Field 14 of the last file, as `edition` is encoded: the number of `EDITION_99999_TEST_ONLY`.
    let mut contract = contract.encode_to_vec();
    contract.extend([0x70, 0x9f, 0x8d, 0x06]);
    let mut bytes = vec![0x0a];
    prost::encode_length_delimiter(contract.len(), &mut bytes).unwrap();
    fs::write(&set, [bytes, contract].concat()).unwrap();
    assert_eq!(
        workshop.config().compile_descriptor_set(&set).unwrap_err().to_string(),
        "api.proto: the file is of an edition that is not supported, number 99999 in \
         `descriptor.proto`; use edition 2023 or 2024, or `proto3`"
    );
}

#[test]
fn a_descriptor_set_with_an_invalid_map_entry_is_refused() {
    let workshop = Workshop::new();
    let set = workshop.path("contract.binpb");
    workshop.put(&CONTRACT.replace("int64 total = 1;", "map<string, int64> totals = 1;"));
    workshop.generate(workshop.config().descriptor_set(&set)).unwrap();
    let mut files = FileDescriptorSet::decode(&fs::read(&set).unwrap()[..]).unwrap();
    let messages = files.file.iter_mut().flat_map(|file| &mut file.message_type);
    let mut nested = messages.flat_map(|message| &mut message.nested_type);
    let entry = nested.find(|message| message.name() == "TotalsEntry").unwrap();
    entry.field[1].name = Some("count".to_owned());
    fs::write(&set, files.encode_to_vec()).unwrap();
    assert_eq!(
        workshop.config().compile_descriptor_set(&set).unwrap_err().to_string(),
        "api.proto:18:1: `api.v1.AddResponse.TotalsEntry` is marked as a map entry, but its fields \
         are not `key = 1` and `value = 2`; create the descriptor set with protoc or `buf build`"
    );
}

#[test]
fn bytes_that_are_not_a_descriptor_set_are_reported() {
    let workshop = Workshop::new();
    let error = workshop.config().compile_descriptor_set(workshop.path("api.proto")).unwrap_err();
    assert!(error.to_string().contains("api.proto: "), "{error}");
    let error = workshop.config().compile_descriptor_set(workshop.path("none")).unwrap_err();
    assert!(error.to_string().starts_with("cannot read "), "{error}");
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

fn locked(workshop: &Workshop, contract: &str) -> Result<(), String> {
    workshop.put(contract);
    let generated = workshop.generate(workshop.config().lock(workshop.path("contract.lock")));
    generated.map(|_| ()).map_err(|error| error.to_string())
}

/// What a lock has below its heading.
fn lines_of_lock(workshop: &Workshop) -> String {
    let lock = workshop.text("contract.lock");
    let (_, lines) = lock.split_once("contradicts.\n").expect("a lock has a heading");
    lines.to_owned()
}

#[test]
fn a_lock_grows_with_its_contract() {
    let workshop = Workshop::new();
    locked(&workshop, CONTRACT).unwrap();
    let lines = lines_of_lock(&workshop);
    assert_eq!(
        lines,
        r#"field api.v1.AddRequest 1 = string "counterId"
field api.v1.AddRequest 2 = int64 "amount"
field api.v1.AddRequest 3 = string "note"
field api.v1.AddResponse 1 = int64 "total"
handler api.v1.Counter/AddOne = exclusive, key 1, api.v1.AddRequest to api.v1.AddResponse
handler api.v1.Plain/Ask = plain, api.v1.AddRequest to api.v1.AddResponse
retention api.v1.Counter journal = 172800000ms
service api.v1.Counter = an object
service api.v1.Plain = a service
"#
    );

    locked(&workshop, &CONTRACT.replace("= 3;", "= 3; bool loud = 4;").replace("2d", "3d"))
        .unwrap();
    let lock = workshop.text("contract.lock");
    assert!(
        lock.contains("AddRequest 4 = bool \"loud\"") && lock.contains("259200000ms"),
        "{lock}"
    );
}

#[test]
fn a_lock_has_each_kind_of_service_handler_and_type() {
    let workshop = Workshop::new();
    let contract = r#"
syntax = "proto3";
package api.v1;
import "dev/restate/ext.proto";
import "restate/options.proto";
service Signup {
  option (restate.service) = { kind: WORKFLOW };
  rpc Run(Form) returns (Form) {
    option (restate.handler) = { workflow_retention: "1d" };
  }
  rpc Status(Form) returns (Form);
}
service Sequence {
  option (dev.restate.ext.service_type) = SINGLETON;
  rpc Next(Form) returns (Form) {
    option (restate.handler) = { idempotency_retention: "1h" };
  }
}
message Form {
  repeated Size sizes = 1;
  map<string, Line> lines = 2;
  message Line {
    optional bytes photo = 1;
    Unit unit = 2;
  }
  enum Unit {
    NONE = 0;
  }
}
enum Size {
  SMALL = 0;
  BIG = 1;
}
"#;
    locked(&workshop, contract).unwrap();
    let lines = lines_of_lock(&workshop);
    assert_eq!(
        lines,
        r#"field api.v1.Form 1 = repeated api.v1.Size "sizes"
field api.v1.Form 2 = map<string, api.v1.Form.Line> "lines"
field api.v1.Form.Line 1 = bytes "photo"
field api.v1.Form.Line 2 = api.v1.Form.Unit "unit"
handler api.v1.Sequence/Next = exclusive, api.v1.Form to api.v1.Form
handler api.v1.Signup/Run = run, api.v1.Form to api.v1.Form
handler api.v1.Signup/Status = shared, api.v1.Form to api.v1.Form
retention api.v1.Sequence/Next idempotency = 3600000ms
retention api.v1.Signup/Run workflow = 86400000ms
service api.v1.Sequence = an object with one key
service api.v1.Signup = a workflow
value api.v1.Form.Unit "NONE" = 0
value api.v1.Size "BIG" = 1
value api.v1.Size "SMALL" = 0
"#
    );
}

#[test]
fn a_lock_that_cannot_be_read_is_not_replaced() {
    let workshop = Workshop::new();
    fs::write(workshop.path("contract.lock"), [0xff]).unwrap();
    let error = locked(&workshop, CONTRACT).unwrap_err();
    assert!(error.contains("contract.lock"), "{error}");
    assert_eq!(fs::read(workshop.path("contract.lock")).unwrap(), [0xff]);
}

#[test]
fn a_contract_that_breaks_its_lock_is_refused() {
    for (from, to, was, now) in [
        (
            "service Plain {",
            "service Plain { option (restate.service).kind = OBJECT;",
            "service api.v1.Plain = a service",
            "an object",
        ),
        ("rpc AddOne", "rpc AddTwo", "handler api.v1.Counter/AddOne = exclusive", "removed"),
        ("int64 amount", "int32 amount", "field api.v1.AddRequest 2 = int64 \"amount\"", "int32"),
        ("int64 amount", "int64 sum", "field api.v1.AddRequest 2 = int64 \"amount\"", "\"sum\""),
        ("journal_retention: \"2d\"", "", "retention api.v1.Counter journal", "not set"),
        ("\"2d\"", "\"1d\"", "retention api.v1.Counter journal = 172800000ms", "86400000ms"),
        (
            " [(restate.key) = true]",
            "",
            "api.v1.Counter/AddOne = exclusive, key 1",
            "exclusive, api",
        ),
        (
            "rpc AddOne(AddRequest) returns (AddResponse);",
            "rpc AddOne(AddRequest) returns (AddResponse) { option (restate.handler).kind = \
             SHARED; }",
            "handler api.v1.Counter/AddOne = exclusive",
            "shared",
        ),
    ] {
        let workshop = Workshop::new();
        locked(&workshop, CONTRACT).unwrap();
        let lock = workshop.text("contract.lock");
        let error = locked(&workshop, &CONTRACT.replace(from, to)).unwrap_err();
        let lines: Vec<_> = error.lines().collect();
        assert!(
            lines.iter().any(|line| line.starts_with("  was: ") && line.contains(was))
                && lines.iter().any(|line| line.starts_with("  now: ") && line.contains(now))
                && error.contains("accept it by deleting the line from"),
            "{from} to {to}: {error}"
        );
        assert_eq!(workshop.text("contract.lock"), lock, "a broken contract changes no lock");
    }
}

#[test]
fn the_number_of_a_removed_field_cannot_be_reused() {
    let workshop = Workshop::new();
    locked(&workshop, CONTRACT).unwrap();
    locked(&workshop, &CONTRACT.replace("  string note = 3;\n", "")).unwrap();
    let error = locked(&workshop, &CONTRACT.replace("string note", "bytes photo")).unwrap_err();
    assert!(error.contains("was: field api.v1.AddRequest 3 = string \"note\""), "{error}");
    assert!(error.contains("now: field api.v1.AddRequest 3 = bytes \"photo\""), "{error}");
}

#[test]
fn an_incompatible_change_is_accepted_by_deleting_its_line() {
    let workshop = Workshop::new();
    locked(&workshop, CONTRACT).unwrap();
    let lock = workshop.text("contract.lock");
    let kept = lock.lines().filter(|line| !line.contains("AddRequest 2"));
    fs::write(workshop.path("contract.lock"), kept.collect::<Vec<_>>().join("\n")).unwrap();
    locked(&workshop, &CONTRACT.replace("int64 amount", "int32 amount")).unwrap();
    assert!(workshop.text("contract.lock").contains("AddRequest 2 = int32"));
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

#[test]
fn a_new_lock_does_not_trigger_another_build() {
    let workshop = Workshop::new();
    make_old(&workshop.path("api.proto"));
    workshop.generate(workshop.config().lock(workshop.path("contract.lock"))).unwrap();
    assert!(is_old(&workshop.path("contract.lock")));
}

fn make_old(file: &Path) {
    let file = fs::File::options().write(true).open(file).expect("the file was generated");
    file.set_modified(std::time::UNIX_EPOCH).expect("its time can be set");
}

fn is_old(file: &Path) -> bool {
    let metadata = fs::metadata(file).expect("the file was generated");
    metadata.modified().expect("it has a time") == std::time::UNIX_EPOCH
}
