//! What can be written where a value of a type is expected: the value, or a borrow of it.

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use crate::payload::{Encoding, Json, Payload, PayloadError, to_json};

/// A `T` to be written, or what has the same bytes: `&T`, `&str` for a `String`, `&[u8]` for a
/// `Vec<u8>`, and `Json(&value)` for a `Json<V>`.
///
/// ```
/// use restate_core::{Json, ObjectContext};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Order {
///     item: String,
/// }
///
/// fn keep(ctx: ObjectContext<'_>, order: &Order, total: &u64) {
///     ctx.set("customer", "Pete");
///     ctx.set("total", total);
///     ctx.set("order", Json(order));
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written as a value",
    label = "not a payload, or not of the expected type",
    note = "payloads are messages of a `.proto` file, scalars, strings and bytes",
    note = "wrap a serde type in `restate_core::Json<..>`, a prost message in `restate_core::Proto<..>`"
)]
pub trait ValueFor<T: Payload> {
    /// The value as bytes.
    ///
    /// # Errors
    ///
    /// Those of [`Payload::encode`].
    fn encode_value(&self, encoding: Encoding) -> Result<Bytes, PayloadError>;
}

impl<T: Payload> ValueFor<T> for T {
    fn encode_value(&self, encoding: Encoding) -> Result<Bytes, PayloadError> {
        Payload::encode(self, encoding)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Payload> ValueFor<T> for &T {
    fn encode_value(&self, encoding: Encoding) -> Result<Bytes, PayloadError> {
        Payload::encode(*self, encoding)
    }
}

#[diagnostic::do_not_recommend]
impl ValueFor<String> for &str {
    fn encode_value(&self, _: Encoding) -> Result<Bytes, PayloadError> {
        to_json(self)
    }
}

#[diagnostic::do_not_recommend]
impl ValueFor<Vec<u8>> for &[u8] {
    fn encode_value(&self, _: Encoding) -> Result<Bytes, PayloadError> {
        Ok(Bytes::copy_from_slice(self))
    }
}

#[diagnostic::do_not_recommend]
impl<const N: usize> ValueFor<Vec<u8>> for &[u8; N] {
    fn encode_value(&self, _: Encoding) -> Result<Bytes, PayloadError> {
        Ok(Bytes::copy_from_slice(*self))
    }
}

#[diagnostic::do_not_recommend]
impl<V: Serialize + DeserializeOwned + Send> ValueFor<Json<V>> for Json<&V> {
    fn encode_value(&self, _: Encoding) -> Result<Bytes, PayloadError> {
        to_json(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written<T: Payload>(value: &impl ValueFor<T>) -> T {
        let bytes = value.encode_value(T::FORMAT.preferred()).unwrap();
        T::decode(bytes, T::FORMAT.preferred()).unwrap()
    }

    #[test]
    fn what_is_borrowed_is_read_as_what_is_owned() {
        assert_eq!(written::<String>(&"a \"b\""), "a \"b\"");
        assert_eq!(written::<String>(&&"a".to_owned()), "a");
        assert_eq!(written::<u64>(&&7), 7);
        assert_eq!(written::<Vec<u8>>(&&[0, 255]), [0, 255]);
        assert_eq!(written::<Vec<u8>>(&&[0, 255][..]), [0, 255]);
        assert_eq!(written::<Json<Vec<u8>>>(&Json(&vec![1])), Json(vec![1]));
    }
}
