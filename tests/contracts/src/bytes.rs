//! Whatever determines the bytes of a message: replay compares them, and stored state is read again.
//!
//! The expected bytes are those of protoc: `protoc --deterministic_output --encode=NAME`.

use restate_core::{Encoding, Payload};

use crate::{
    encodings::encodings::{proto2, proto3},
    similar_names::similar::v1::Similar,
};

/// A message of either version of the language, with the same numbers in the fields that both have.
macro_rules! lists {
    ($version:ident: $($field:ident: $value:expr,)*) => {
        $version::v1::Lists {
            plain: vec![1, 300],
            with_options: vec![1, 2],
            expanded: vec![1, 2],
            packed: vec![-1, 2],
            $($field: $value,)*
        }
    };
}

fn hex(message: &impl Payload) -> String {
    let bytes = message.encode(Encoding::Proto).expect("every message has a binary form");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
#[allow(deprecated, reason = "an option besides `packed`")]
fn proto3_packs_by_default() {
    use proto3::v1::{Kind, Lists, lists::Choice};

    let kinds = vec![Kind::Negative.into(), Kind::Unspecified.into()];
    let lists = lists! { proto3:
        kinds: kinds.clone(),
        expanded_kinds: kinds,
        flags: vec![true, false],
        numbers: vec![1.5],
        texts: vec![String::new(), "a".to_owned()],
        by_name: [("b".to_owned(), 2), ("a".to_owned(), 1)].into(),
        by_flag: [(true, Kind::Negative.into())].into(),
        children: vec![Lists::default()],
        choice: Some(Choice::Zero(0)),
        present: Some(0),
        absent: 0,
    };
    assert_eq!(
        hex(&lists),
        "0a0301ac021202010218011802220201042a0bffffffffffffffffff010030ffffffffffffffffff0130003a02\
         01004208000000000000f83f4a004a016152050a0161100152050a016210025a0d080110ffffffffffffffffff\
         01620068007800"
    );
}

#[test]
#[allow(deprecated, reason = "an option besides `packed`")]
fn proto2_does_not_pack_by_default() {
    use proto2::v1::{Kind, lists::Nested};

    let kinds = vec![Kind::One.into(), Kind::Two.into()];
    let lists = lists! { proto2:
        kinds: kinds.clone(),
        packed_kinds: kinds,
        nested: Some(Nested { number: Some(1) }),
        preset: Some(5),
        required: 0,
        by_number: [(2, "b".to_owned()), (1, "a".to_owned())].into(),
    };
    assert_eq!(
        hex(&lists),
        "080108ac0210011002180118022202010428012802320201023b0901000000000000003c400548005205080112\
         016152050802120162"
    );
}

#[test]
fn similar_names_are_different_fields() {
    let similar = Similar {
        foo_bar: "a".to_owned(),
        foobar: String::new(),
        b_c: Some(String::new()),
        bc: "b".to_owned(),
        many: vec![1, 2],
        inner: None,
    };
    assert_eq!(hex(&similar), "0a01611a002201622a020102");
    let json = similar.encode(Encoding::Json).expect("the message has a form in JSON");
    assert_eq!(json, r#"{"fooBar":"a","bC":"","bc":"b","many":[1,2]}"#);
}
