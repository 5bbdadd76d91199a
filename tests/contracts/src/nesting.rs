//! Deeply nested values on the stack that threads have by default: each is read or refused, and what
//! can be written can be read, in either encoding.

use std::thread;

use restate_core::{
    Encoding, Json, Payload, Proto,
    well_known::{Any, ListValue, Struct, Value, value::Kind},
};
use serde::{Deserialize, Serialize};

use crate::wide::p::{Narrow, Wide, wide::One};

/// Messages below the outermost one.
const LEVELS: usize = 100;

/// Runs `test` with the stack of a thread of tokio.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(2 << 20).spawn(test).unwrap().join().unwrap();
}

/// A value as JSON, `levels` below the outermost one, each made of the one before.
fn nest(levels: usize, innermost: &str, [before, after]: [&str; 2]) -> String {
    format!("{}{innermost}{}", before.repeat(levels), after.repeat(levels))
}

fn read<T: Payload>(json: &str) -> Result<T, String> {
    T::decode(json.to_owned().into(), Encoding::Json).map_err(|error| error.to_string())
}

/// Checks that the value of this JSON survives both encodings.
fn survives<T: Payload>(json: &str) {
    let value = read::<T>(json).unwrap();
    assert_eq!(value.encode(Encoding::Json).unwrap(), json);
    let binary = value.encode(Encoding::Proto).unwrap();
    let again = T::decode(binary, Encoding::Proto).unwrap();
    assert_eq!(again.encode(Encoding::Json).unwrap(), json);
}

/// The JSON around a level of `Wide`, and how many levels it adds.
const FORMS: [([&str; 2], usize); 5] = [
    ([r#"{"child":"#, "}"], 1),
    ([r#"{"children":["#, "]}"], 1),
    ([r#"{"byName":{"k":"#, "}}"], 2),
    ([r#"{"this":"#, "}"], 1),
    ([r#"{"inner":{"wide":["#, "]}}"], 2),
];

#[test]
fn messages_with_many_fields_survive_at_every_level() {
    on_a_small_stack(|| {
        for (form, levels) in FORMS {
            survives::<Wide>(&nest(LEVELS / levels, r#"{"f600":"x"}"#, form));
        }
    });
}

#[test]
fn more_levels_are_refused() {
    on_a_small_stack(|| {
        for (form, levels) in FORMS {
            for more in [1, 2, 1000, 100_000] {
                let json = nest(LEVELS / levels + more, "{}", form);
                let refusal = read::<Wide>(&json).unwrap_err();
                assert!(refusal.contains("nested more than 100 levels deep"), "{refusal}");
            }
        }
    });
}

/// `inner` with a message in a message around it, `levels` in all.
fn wrap(levels: usize) -> Wide {
    let mut wide = Wide::default();
    for level in 0..levels {
        let inner = std::mem::take(&mut wide);
        match level % 3 {
            0 => wide.child = Some(Box::new(inner)),
            1 => wide.children.push(inner),
            _ => wide.one = Some(One::This(Box::new(inner))),
        }
    }
    wide
}

#[test]
fn what_could_not_be_read_is_not_written() {
    on_a_small_stack(|| {
        for encoding in [Encoding::Proto, Encoding::Json] {
            for levels in [LEVELS - 1, LEVELS, LEVELS + 1, 3 * LEVELS] {
                let written = wrap(levels).encode(encoding);
                assert_eq!(written.is_ok(), levels <= LEVELS, "{levels} {encoding:?}");
                if let Ok(bytes) = written {
                    Wide::decode(bytes, encoding).unwrap();
                }
            }
        }
        assert!(Proto(wrap(LEVELS)).encode(Encoding::Raw).is_ok());
        assert!(Proto(wrap(LEVELS + 1)).encode(Encoding::Raw).is_err());
        let narrow = Narrow { wide: vec![wrap(LEVELS)] };
        assert!(narrow.encode(Encoding::Proto).is_err());
        assert!(narrow.encode(Encoding::Json).is_err());
    });
}

#[test]
fn binary_that_is_nested_more_deeply_is_refused() {
    on_a_small_stack(|| {
        // Groups and lengths; unknown fields too.
        let groups = |tag: u8| [vec![tag << 3 | 3; 100_000], vec![tag << 3 | 4; 100_000]].concat();
        assert!(Wide::decode(groups(1).into(), Encoding::Proto).is_err());
        assert!(Value::decode(groups(9).into(), Encoding::Proto).is_err());
        let mut bytes = Vec::new();
        for _ in 0..2 * LEVELS {
            let mut outer = vec![0xca, 0x25];
            prost_length(&mut outer, bytes.len());
            outer.extend(bytes);
            bytes = outer;
        }
        let refusal = Wide::decode(bytes.into(), Encoding::Proto).unwrap_err().to_string();
        assert!(refusal.contains("recursion limit"), "{refusal}");
    });
}

fn prost_length(bytes: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    bytes.push(u8::try_from(length).unwrap());
}

#[test]
fn any_json_as_a_message_has_the_levels_of_its_messages() {
    on_a_small_stack(|| {
        // A `Value` and a `ListValue` for each array; another entry of a map for each object.
        survives::<Value>(&nest(50, "1.0", ["[", "]"]));
        survives::<ListValue>(&nest(50, "[]", ["[", "]"]));
        survives::<Value>(&nest(33, "null", [r#"{"k":"#, "}"]));
        survives::<Struct>(&nest(33, "{}", [r#"{"k":"#, "}"]));
        for levels in [51, 1000, 100_000] {
            for form in [["[", "]"], [r#"{"k":"#, "}"]] {
                assert!(read::<Value>(&nest(levels, "1.0", form)).is_err());
                assert!(read::<ListValue>(&nest(levels, "[1.0]", form)).is_err());
                assert!(read::<Struct>(&nest(levels, r#"{"k":1.0}"#, form)).is_err());
            }
        }
        let mut value = Value { kind: Some(Kind::BoolValue(true)) };
        for _ in 0..51 {
            value = Value { kind: Some(Kind::ListValue(ListValue { values: vec![value] })) };
        }
        assert!(value.encode(Encoding::Json).is_err());
        assert!(value.encode(Encoding::Proto).is_err());
    });
}

const ANY: [&str; 2] = [r#"{"@type":"type.googleapis.com/google.protobuf.Any","value":"#, "}"];

#[test]
fn a_message_in_a_message_in_a_message_of_any_type_is_no_way_around_the_limit() {
    on_a_small_stack(|| {
        let innermost = r#"{"@type":"type.googleapis.com/google.protobuf.BoolValue","value":true}"#;
        survives::<Any>(&nest(LEVELS - 1, innermost, ANY));
        assert!(read::<Any>(&nest(LEVELS, innermost, ANY)).is_err());
        assert!(read::<Any>(&nest(10_000, innermost, ANY)).is_err());
        assert!(read::<Any>(&nest(100_000, "1", ["[", "]"])).is_err());
        let deep = nest(100_000, "1", [r#"{"x":"#, "}"]);
        assert!(read::<Any>(&deep).is_err());

        Any::register::<Wide>();
        let wide = nest(LEVELS, "{}", [r#"{"child":"#, "}"]);
        let wide = format!(r#"{{"@type":"x/p.Wide",{}"#, &wide[1..]);
        assert!(read::<Any>(&wide).is_err());

        // Each is its own message in binary, so the levels begin anew; not so in JSON.
        let mut any = Any::default();
        for _ in 0..10_000 {
            any = Any::pack(&any);
        }
        let binary = any.encode(Encoding::Proto).unwrap();
        assert!(Any::decode(binary, Encoding::Proto).unwrap().encode(Encoding::Json).is_err());
    });
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Tree {
    // What a level of a value with many fields takes.
    filler: [[u64; 32]; 8],
    children: Vec<Tree>,
}

fn tree(levels: usize) -> Tree {
    (1..levels).fold(Tree::default(), |inner, _| Tree { children: vec![inner], ..Tree::default() })
}

#[test]
fn values_of_serde_types_that_can_be_written_can_be_read() {
    on_a_small_stack(|| {
        // The object, its array, and so on: the innermost has a filler, which is two levels.
        for levels in [1, 8, 62, 63] {
            let bytes = Json(tree(levels)).encode(Encoding::Json).unwrap();
            assert_eq!(Json::decode(bytes, Encoding::Json).unwrap(), Json(tree(levels)));
        }
        let refusal = Json(tree(64)).encode(Encoding::Json).unwrap_err().to_string();
        assert!(refusal.contains("nested more than 127 levels deep"), "{refusal}");
        for levels in [64, 100_000] {
            let json = nest(levels, "[]", [r#"{"filler":[],"children":["#, "]}"]);
            assert!(read::<Json<Tree>>(&json).is_err());
        }
        assert!(read::<Json<Vec<String>>>(&nest(100_000, "", ["[", "]"])).is_err());
        let text = Json("[{".repeat(1000));
        assert_eq!(read::<Json<String>>(&format!("{:?}", text.0)).unwrap(), text);
    });
}
