//! Contracts as descriptor sets, written and read.

use std::fs;

use prost::Message;
use prost_types::FileDescriptorSet;

use crate::{CONTRACT, Workshop};

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
