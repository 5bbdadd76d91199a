//! Payloads to bytes and back.

use std::hint::black_box;

use restate_core::{
    Encoding, Json, Payload,
    well_known::{Field, Type},
};
use serde::{Deserialize, Serialize};

use crate::case::{Case, Run, keeping};

pub(crate) const CASES: &[Case] = &[
    Case::new("encoding/json/encode", || encode(order(), Encoding::Json)),
    Case::new("encoding/json/decode", || decode(&order(), Encoding::Json)),
    Case::new("encoding/message/encode", || encode(message(), Encoding::Proto)),
    Case::new("encoding/message/decode", || decode(&message(), Encoding::Proto)),
    Case::new("encoding/message/encode-json", || encode(message(), Encoding::Json)),
    Case::new("encoding/message/decode-json", || decode(&message(), Encoding::Json)),
];

fn encode<T: Payload + 'static>(value: T, encoding: Encoding) -> Run {
    keeping(move || black_box(&value).encode(encoding).expect("the value can be encoded"))
}

fn decode<T: Payload + 'static>(value: &T, encoding: Encoding) -> Run {
    let bytes = value.encode(encoding).expect("the value can be encoded");
    keeping(move || {
        T::decode(black_box(&bytes).clone(), encoding).expect("what was encoded can be decoded")
    })
}

#[derive(Deserialize, Serialize)]
struct Order {
    customer: String,
    items: Vec<Item>,
    paid: bool,
}

#[derive(Deserialize, Serialize)]
struct Item {
    name: String,
    count: u32,
    price: f64,
}

fn order() -> Json<Order> {
    let item = |n: u32| Item { name: format!("item {n}"), count: n, price: f64::from(n) * 1.25 };
    Json(Order { customer: "Pete".to_owned(), items: (1..=8).map(item).collect(), paid: true })
}

/// A message as `restate-codegen` generates them, with texts, numbers and messages within.
fn message() -> Type {
    let field = |number: i32| Field {
        number,
        name: format!("field_{number}"),
        json_name: format!("field{number}"),
        packed: true,
        ..Field::default()
    };
    Type {
        name: "shop.v1.Order".to_owned(),
        fields: (1..=8).map(field).collect(),
        oneofs: vec!["payment".to_owned()],
        ..Type::default()
    }
}
