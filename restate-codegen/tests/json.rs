//! The canonical JSON of every kind of field, as protobuf's documentation defines it, and the JSON
//! Schemas that describe it.

#![allow(missing_docs, reason = "as in the contract")]

pub mod all {
    include!("golden/forms.v1.rs");
}

pub mod old {
    include!("golden/_.rs");
}

pub mod helloworld {
    include!("golden/helloworld.rs");
}

use std::sync::LazyLock;

use jsonschema::Validator;
use restate_core::{
    Encoding, Payload,
    well_known::{self, Any},
};
use serde_json::Value;

use self::all::Forms;

fn read(json: &str) -> Result<Forms, String> {
    Forms::decode(json.to_owned().into(), Encoding::Json).map_err(|error| error.to_string())
}

fn write(forms: &Forms) -> String {
    let json = forms.encode(Encoding::Json).expect("the message has a form in JSON");
    String::from_utf8(json.into()).expect("JSON is text")
}

/// Checks that `json` is unchanged after reading and writing it, also through binary protobuf, and
/// that its schema accepts it.
fn survives(json: &str) {
    let forms = read(json).expect(json);
    assert_eq!(write(&forms), json);
    assert_eq!(objection(&FORMS, json), None, "{json}");
    let binary = forms.encode(Encoding::Proto).expect("every message has a binary form");
    let again = Forms::decode(binary, Encoding::Proto).expect("it was just written");
    assert_eq!(write(&again), json);
}

/// The schema of [`Forms`].
static FORMS: LazyLock<Validator> = LazyLock::new(schema::<Forms>);

/// The schema of `M`, which must be valid and self-contained.
fn schema<M: Payload>() -> Validator {
    let schema = M::schema().expect("messages have schemas");
    let schema = serde_json::from_str(&schema).expect("a schema is JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("a schema follows its meta-schema");
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&schema).expect("a schema can be used")
}

/// The error of `schema` for `json`, if any.
fn objection(schema: &Validator, json: &str) -> Option<String> {
    let value: Value = serde_json::from_str(json).expect("it is JSON");
    schema.validate(&value).err().map(|error| error.to_string())
}

/// Checks that `json` is read as the value whose canonical form is `canonical`.
fn is_read_as(json: &str, canonical: &str) {
    let forms = read(json).expect(json);
    assert_eq!(write(&forms), canonical, "{json}");
}

#[test]
fn values_are_written_as_they_are_read() {
    for json in [
        r#"{}"#,
        r#"{"flag":true,"small":-1,"large":"-9223372036854775808","unsigned":4294967295}"#,
        r#"{"unsignedLarge":"18446744073709551615","single":0.1,"number":1.5e-7,"text":"\u0001ü"}"#,
        r#"{"single":"NaN","number":"-Infinity"}"#,
        r#"{"number":"Infinity"}"#,
        r#"{"data":"+/8="}"#,
        r#"{"color":"COLOR_RED","maybe":0,"@other":"x"}"#,
        r#"{"color":7,"many":["1","-2"],"colors":["COLOR_BLUE","COLOR_UNSPECIFIED"]}"#,
        r#"{"byFlag":{"false":"AA==","true":""},"byNumber":{"-1":"COLOR_RED","10":9}}"#,
        r#"{"byText":{"":{},"a":{"flag":true}},"child":{"child":{}}}"#,
        r#"{"first":""}"#,
        r#"{"second":"0"}"#,
        r#"{"nothing":null}"#,
        r#"{"third":{"third":{}}}"#,
        r#"{"empty":{}}"#,
    ] {
        survives(json);
    }
}

#[test]
fn well_known_types_have_their_own_forms() {
    for json in [
        r#"{"at":"1972-01-01T10:00:20.021Z"}"#,
        r#"{"at":"0001-01-01T00:00:00Z"}"#,
        r#"{"at":"9999-12-31T23:59:59.999999999Z"}"#,
        r#"{"at":"2024-02-29T00:00:00.000001Z"}"#,
        r#"{"lasts":"1.000340012s"}"#,
        r#"{"lasts":"-0.500s"}"#,
        r#"{"lasts":"315576000000s"}"#,
        r#"{"lasts":"0s"}"#,
        r#"{"mask":"a.fooBar,b"}"#,
        r#"{"mask":""}"#,
        r#"{"object":{"a":null,"b":[1.5,"x",{"c":false}]},"value":null}"#,
        r#"{"value":{"a":[]},"list":[null,true,"x"]}"#,
        r#"{"boolValue":false,"int32Value":0,"int64Value":"0","uint32Value":7}"#,
        r#"{"uint64Value":"1","floatValue":0.5,"doubleValue":"NaN","stringValue":"","bytesValue":"AA=="}"#,
        r#"{"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.500s"}}"#,
        r#"{"any":{"@type":"type.googleapis.com/google.protobuf.Value","value":{"a":1.0}}}"#,
        r#"{"any":{}}"#,
    ] {
        survives(json);
    }
}

#[test]
fn other_ways_to_write_a_value_are_read() {
    for (json, canonical) in [
        (r#"{"unsigned_large":1,"bool_value":true}"#, r#"{"unsignedLarge":"1","boolValue":true}"#),
        (r#"{"renamed":"x"}"#, r#"{"@other":"x"}"#),
        (r#"{"large":12}"#, r#"{"large":"12"}"#),
        (
            r#"{"small":"12","unsigned":1e2,"large":"3.0"}"#,
            r#"{"small":12,"large":"3","unsigned":100}"#,
        ),
        (r#"{"small":-1.0}"#, r#"{"small":-1}"#),
        (r#"{"small":"1e2","unsignedLarge":"2E1"}"#, r#"{"small":100,"unsignedLarge":"20"}"#),
        (r#"{"number":"1.5e1","single":2}"#, r#"{"single":2.0,"number":15.0}"#),
        (r#"{"data":"-_8"}"#, r#"{"data":"+/8="}"#),
        (r#"{"data":"-_8="}"#, r#"{"data":"+/8="}"#),
        (r#"{"data":"+/8"}"#, r#"{"data":"+/8="}"#),
        (
            r#"{"color":1,"colors":["COLOR_CRIMSON",-2.0]}"#,
            r#"{"color":"COLOR_RED","colors":["COLOR_RED","COLOR_BLUE"]}"#,
        ),
        (r#"{"flag":null,"small":null,"many":null,"child":null,"first":null,"maybe":null}"#, "{}"),
        (r#"{"first":null,"second":"1"}"#, r#"{"second":"1"}"#),
        (r#"{"flag":false,"small":0,"text":"","many":[],"byFlag":{},"null":null}"#, "{}"),
        (r#"{"at":"1970-01-01T01:00:00.5+01:00"}"#, r#"{"at":"1970-01-01T00:00:00.500Z"}"#),
        (r#"{"lasts":"1.5s"}"#, r#"{"lasts":"1.500s"}"#),
        (r#"{"number":-0.0}"#, r#"{"number":-0.0}"#),
        (r#"{"number":"-0","single":1e1}"#, r#"{"single":10.0,"number":-0.0}"#),
        (r#"{"boolValue":null,"int64Value":null,"stringValue":null,"bytesValue":null}"#, "{}"),
        (r#"{"at":null,"lasts":null,"mask":null,"object":null,"list":null,"any":null}"#, "{}"),
        (
            r#"{"any":{"@type":"x/google.protobuf.Empty","value":{}}}"#,
            r#"{"any":{"@type":"x/google.protobuf.Empty"}}"#,
        ),
        (r#"{"empty":null,"byNumber":null,"colors":null,"third":null}"#, "{}"),
        (r#"{"at":"2024-02-29T23:59:59.123456-00:30"}"#, r#"{"at":"2024-03-01T00:29:59.123456Z"}"#),
        (r#"{"lasts":"3.000000001s"}"#, r#"{"lasts":"3.000000001s"}"#),
        (r#"{"\u0066lag":true,"\u0074ext":"\u0041"}"#, r#"{"flag":true,"text":"A"}"#),
        (r#"{"small":"\u0031","color":"COLOR\u005fRED"}"#, r#"{"small":1,"color":"COLOR_RED"}"#),
        (r#"{"text":"\ud83d\ude00"}"#, r#"{"text":"😀"}"#),
        (r#" { "flag" : true } "#, r#"{"flag":true}"#),
    ] {
        is_read_as(json, canonical);
    }
}

#[test]
fn invalid_values_are_refused() {
    for json in [
        "",
        "null",
        "[]",
        "{",
        r#"{"flag":true}x"#,
        r#"{"flag":1}"#,
        r#"{"flag":"true"}"#,
        r#"{"flag":true,"flag":true}"#,
        r#"{"unsignedLarge":"1","unsigned_large":"1"}"#,
        r#"{"small":2147483648}"#,
        r#"{"small":1.5}"#,
        r#"{"small":""}"#,
        r#"{"small":" 1"}"#,
        r#"{"small":"+1"}"#,
        r#"{"small":"0x1"}"#,
        r#"{"small":true}"#,
        r#"{"unsigned":-1}"#,
        r#"{"unsignedLarge":"18446744073709551616"}"#,
        r#"{"large":"1a"}"#,
        r#"{"single":1e39}"#,
        r#"{"number":"nan"}"#,
        r#"{"number":"inf"}"#,
        r#"{"number":NaN}"#,
        r#"{"number":""}"#,
        r#"{"number":1e999}"#,
        r#"{"text":"\ud800"}"#,
        r#"{"text":1}"#,
        r#"{"data":"*"}"#,
        r#"{"color":"COLOR_GREEN"}"#,
        r#"{"color":1.5}"#,
        r#"{"many":[null]}"#,
        r#"{"many":{}}"#,
        r#"{"many":"1"}"#,
        r#"{"byFlag":{"yes":""}}"#,
        r#"{"byNumber":{"1":0,"01":0}}"#,
        r#"{"byText":{"a":null}}"#,
        r#"{"child":[]}"#,
        r#"{"first":"a","second":"1"}"#,
        r#"{"at":"1970-01-01"}"#,
        r#"{"at":"1970-01-01T00:00:00"}"#,
        r#"{"at":"1970-02-29T00:00:00Z"}"#,
        r#"{"at":"1970-01-01T24:00:00Z"}"#,
        r#"{"at":"0000-01-01T00:00:00Z"}"#,
        r#"{"at":"0001-01-01T00:00:00+01:00"}"#,
        r#"{"at":"9999-12-31T23:59:59-01:00"}"#,
        r#"{"at":"1970-01-01T00:00:00.0000000001Z"}"#,
        r#"{"at":"1970-01-01T00:00:00.Z"}"#,
        r#"{"at":"1970-01-01t00:00:00z"}"#,
        r#"{"lasts":"1"}"#,
        r#"{"lasts":"1.0000000001s"}"#,
        r#"{"lasts":"315576000001s"}"#,
        r#"{"lasts":"--1s"}"#,
        r#"{"mask":"foo_bar"}"#,
        r#"{"object":[]}"#,
        r#"{"list":{}}"#,
        r#"{"empty":{"a":1}}"#,
        r#"{"any":{"value":"1s"}}"#,
        r#"{"any":{"@type":"x/google.protobuf.Duration"}}"#,
        r#"{"any":{"@type":"x/google.protobuf.Duration","value":"1s","more":1}}"#,
        r#"{"any":{"@type":"x/google.protobuf.Empty","value":{"a":1}}}"#,
        r#"{"any":{"@type":"type.googleapis.com/no.Such"}}"#,
    ] {
        assert!(read(json).is_err(), "{json} is read as {:?}", read(json));
    }
}

#[test]
fn values_without_a_json_form_are_not_written() {
    let at = |seconds, nanos| Forms {
        at: Some(well_known::Timestamp { seconds, nanos }),
        ..Forms::default()
    };
    let lasts = |seconds, nanos| Forms {
        lasts: Some(well_known::Duration { seconds, nanos }),
        ..Forms::default()
    };
    let mask = |path: &str| Forms {
        mask: Some(well_known::FieldMask { paths: vec![path.to_owned()] }),
        ..Forms::default()
    };
    let value = |kind| Forms { value: Some(well_known::Value { kind }), ..Forms::default() };
    for forms in [
        at(253_402_300_800, 0),
        at(-62_135_596_801, 0),
        at(0, -1),
        at(0, 1_000_000_000),
        lasts(315_576_000_001, 0),
        lasts(1, -1),
        lasts(0, 1_000_000_000),
        mask("fooBar"),
        mask("foo__bar"),
        value(None),
        value(Some(well_known::value::Kind::NumberValue(f64::NAN))),
        value(Some(well_known::value::Kind::NumberValue(f64::INFINITY))),
    ] {
        assert!(forms.encode(Encoding::Json).is_err(), "{forms:?} is {}", write(&forms));
    }
}

#[test]
fn a_schema_refuses_what_is_of_another_type() {
    for json in [
        "null",
        "[]",
        r#"{"flags":true}"#,
        r#"{"flag":1}"#,
        r#"{"small":"a"}"#,
        r#"{"small":2147483648}"#,
        r#"{"large":1.5}"#,
        r#"{"unsigned":-1}"#,
        r#"{"text":1}"#,
        r#"{"data":[]}"#,
        r#"{"color":"COLOR_GREEN"}"#,
        r#"{"many":1}"#,
        r#"{"many":[true]}"#,
        r#"{"byFlag":[]}"#,
        r#"{"byText":{"a":{"flag":1}}}"#,
        r#"{"child":{"child":{"flag":1}}}"#,
        r#"{"third":[]}"#,
        r#"{"nothing":1}"#,
        r#"{"at":"1970-01-01"}"#,
        r#"{"lasts":"1"}"#,
        r#"{"mask":1}"#,
        r#"{"object":[]}"#,
        r#"{"list":{}}"#,
        r#"{"any":1}"#,
        r#"{"empty":{"a":1}}"#,
        r#"{"boolValue":"true"}"#,
        r#"{"stringValue":1}"#,
    ] {
        assert_ne!(objection(&FORMS, json), None, "{json}");
    }
}

#[test]
fn well_known_types_have_schemas_of_their_own() {
    fn survives<M: Payload>(json: &str) {
        let message = M::decode(json.to_owned().into(), Encoding::Json).expect(json);
        assert_eq!(message.encode(Encoding::Json).expect(json), json);
        assert_eq!(objection(&schema::<M>(), json), None, "{json}");
    }

    survives::<Any>(r#"{"@type":"type.googleapis.com/google.protobuf.Empty"}"#);
    survives::<Any>("{}");
    survives::<well_known::BoolValue>("true");
    survives::<well_known::BytesValue>(r#""AA==""#);
    survives::<well_known::DoubleValue>("1.5");
    survives::<well_known::DoubleValue>(r#""-Infinity""#);
    survives::<well_known::Duration>(r#""-1.500s""#);
    survives::<well_known::Empty>("{}");
    survives::<well_known::FieldMask>(r#""a.bC""#);
    survives::<well_known::FloatValue>("0.5");
    survives::<well_known::Int32Value>("-1");
    survives::<well_known::Int64Value>(r#""-1""#);
    survives::<well_known::ListValue>(r#"[null,{"a":1.0}]"#);
    survives::<well_known::StringValue>(r#""x""#);
    survives::<well_known::Struct>(r#"{"a":[true]}"#);
    survives::<well_known::Timestamp>(r#""2024-02-29T00:00:00Z""#);
    survives::<well_known::UInt32Value>("1");
    survives::<well_known::UInt64Value>(r#""18446744073709551615""#);
    survives::<well_known::Value>("null");
    survives::<well_known::Value>(r#"[1.5,"x"]"#);
}

#[test]
fn an_unknown_field_is_reported_with_the_known_ones() {
    assert_eq!(
        read(r#"{"flags":true}"#).unwrap_err(),
        "not a valid Forms: unknown field `flags`; forms.v1.Forms has `flag`, `small`, `large`, \
         `unsigned`, `unsignedLarge`, `single`, `number`, `text` and others at line 1 column 8"
    );
}

#[test]
fn a_message_with_few_fields_is_reported_with_all_of_them() {
    fn error<M: Payload>() -> String {
        M::decode(r#"{"a":1}"#.into(), Encoding::Json)
            .err()
            .expect("it has no such field")
            .to_string()
    }

    for (error, fields) in [
        (error::<well_known::Empty>(), "google.protobuf.Empty has no fields"),
        (error::<helloworld::HelloRequest>(), "helloworld.HelloRequest has only `name`"),
        (error::<old::Booked>(), "Booked has `balance` and `kind`"),
        (error::<helloworld::Test>(), "Test has `inner`, `primitive` and `anotherInner`"),
    ] {
        assert!(error.contains(fields), "{error}");
    }
}

#[test]
fn a_value_of_another_type_is_reported_with_what_was_expected() {
    for (json, expected) in [
        ("[]", "expected an object with the fields of forms.v1.Forms"),
        (r#"{1:2}"#, "key must be a string"),
        (r#"{"flag":1}"#, "expected a boolean"),
        (r#"{"small":[]}"#, "invalid type: sequence, expected a 32-bit integer"),
        (r#"{"large":{}}"#, "invalid type: map, expected a 64-bit integer"),
        (r#"{"unsigned":"x"}"#, "expected an unsigned 32-bit integer"),
        (r#"{"data":1}"#, "expected base64 text"),
        (r#"{"data":"*"}"#, "expected base64 text"),
        (r#"{"color":"COLOR_GREEN"}"#, "expected a name or number of the enum Color"),
        (r#"{"many":1}"#, "expected an array"),
        (r#"{"byText":1}"#, "expected an object"),
        (r#"{"byFlag":{"yes":""}}"#, "`yes` is no bool"),
        (r#"{"byText":{"a":{},"a":{}}}"#, "the key `a` is there twice"),
        (r#"{"flag":true,"flag":true}"#, "duplicate field `flag`"),
        (r#"{"first":"a","second":"1"}"#, "field `second` excludes another field that is set"),
    ] {
        let error = read(json).unwrap_err();
        assert!(error.contains(expected), "{json}: {error}");
    }
}

#[test]
fn a_required_field_is_written_even_if_it_is_zero() {
    for (balance, json) in [(0, r#"{"balance":"0"}"#), (5, r#"{"balance":"5"}"#)] {
        let booked = old::Booked { balance, ..old::Booked::default() };
        assert_eq!(booked.encode(Encoding::Json).expect(json), json);
        assert_eq!(old::Booked::decode(json.into(), Encoding::Json).expect(json), booked);
    }
}

#[test]
fn a_null_value_is_null_whatever_its_number() {
    assert_eq!(write(&Forms { null: 1, ..Forms::default() }), r#"{"null":null}"#);
}

#[test]
fn required_fields_and_messages_in_themselves_have_schemas() {
    let booked = schema::<old::Booked>();
    assert_eq!(objection(&booked, r#"{"balance":"0"}"#), None);
    assert_ne!(objection(&booked, r#"{"balance":true}"#), None);
    let test = schema::<helloworld::Test>();
    assert_eq!(objection(&test, r#"{"inner":{"inner":{"primitive":"x"}}}"#), None);
    assert_ne!(objection(&test, r#"{"inner":{"inner":{"primitive":1}}}"#), None);
    let text = helloworld::Test::schema().expect("messages have schemas");
    assert!(text.contains(r##""$ref":"#/$defs/helloworld.Test""##), "by its full name: {text}");
}

#[test]
fn any_holds_registered_messages() {
    let inner = Forms { text: "x".to_owned(), ..Forms::default() };
    let any = Any::pack(&inner);
    let outer = Forms { any: Some(any.clone()), ..Forms::default() };
    assert!(outer.encode(Encoding::Json).unwrap_err().to_string().contains("Any::register"));

    Any::register::<Forms>();
    assert_eq!(
        write(&outer),
        r#"{"any":{"@type":"type.googleapis.com/forms.v1.Forms","text":"x"}}"#
    );
    assert_eq!(read(&write(&outer)), Ok(outer));
    assert_eq!(any.unpack::<Forms>().expect("it was packed"), Some(inner));
}
