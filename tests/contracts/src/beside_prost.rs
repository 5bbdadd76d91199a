//! Messages that prost-build has generated have the bytes and the JSON of their contract.

use restate_core::{Encoding, Payload, well_known::Timestamp};

use crate::messages_of_prost::beside::{
    common::v1::{Money, money::Currency},
    shop::v1::{Basket, basket::Discount},
};

#[test]
fn messages_of_prost_have_json() {
    let money = Money { cents: 350, currency: Currency::Euro.into() };
    let basket = Basket {
        prices: [("tea".to_owned(), money)].into(),
        photo: vec![0, 255],
        at: Some(Timestamp { seconds: 7, nanos: 0 }),
        inner: Some(Box::default()),
        discount: Some(Discount::Percent(5)),
    };
    let json = concat!(
        r#"{"prices":{"tea":{"cents":"350","currency":"CURRENCY_EURO"}},"photo":"AP8=","#,
        r#""at":"1970-01-01T00:00:07Z","inner":{},"percent":5}"#,
    );
    assert_eq!(basket.encode(Encoding::Json).unwrap(), json);
    for encoding in [Encoding::Json, Encoding::Proto] {
        let bytes = basket.encode(encoding).unwrap();
        assert_eq!(Basket::decode(bytes, encoding).unwrap(), basket);
    }
}
