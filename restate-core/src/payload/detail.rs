//! Typed details of errors, for the programs that receive them.

use std::borrow::Cow;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    error::TerminalError,
    payload::{
        Message, PayloadError,
        json::{Described, from_json, to_json},
    },
};

/// A value that explains a [`TerminalError`] to the program that receives it.
///
/// Every message of a contract is one, under its full name. A serde type needs a name:
///
/// ```
/// use restate_core::{Detail, TerminalError};
///
/// #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize, Detail)]
/// #[detail(name = "shop.v1.OutOfStock")]
/// struct OutOfStock {
///     left: u32,
/// }
///
/// let error = TerminalError::conflict("out of stock").with_detail(&OutOfStock { left: 2 });
/// assert_eq!(error.detail::<OutOfStock>()?, Some(OutOfStock { left: 2 }));
/// # Ok::<_, restate_core::PayloadError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the detail of an error",
    label = "neither a message of a contract nor a serde type with a name",
    note = "derive `Serialize`, `Deserialize` and `Detail`, and name it: \
            `#[detail(name = \"shop.v1.OutOfStock\")]`"
)]
pub trait Detail: Serialize + DeserializeOwned + Send {
    /// The name under which it travels, the same on both sides, such as `shop.v1.OutOfStock`.
    fn name() -> Cow<'static, str>;
}

#[diagnostic::do_not_recommend]
impl<M: Message> Detail for M {
    fn name() -> Cow<'static, str> {
        <M as Described>::name().into()
    }
}

impl TerminalError {
    /// Adds a detail that programs can read, as [`detail`](Self::detail) does; one of each type.
    ///
    /// It travels in the [metadata](Self::metadata): as JSON, the canonical one of a message, under
    /// its [name](Detail::name). So callers that are written with other SDKs can read it as well.
    /// If the value has no JSON, such as a time out of range, the reason travels instead.
    #[must_use]
    pub fn with_detail<T: Detail>(self, detail: &T) -> Self {
        let json = to_json(detail).map(|json| String::from_utf8_lossy(&json).into_owned());
        self.with_metadata(T::name(), json.unwrap_or_else(|reason| reason.to_string()))
    }

    /// The detail of this type, if the error has one.
    ///
    /// # Errors
    ///
    /// When the detail with that name is not a valid `T`.
    pub fn detail<T: Detail>(&self) -> Result<Option<T>, PayloadError> {
        let name = T::name();
        let found = self.metadata().find(|(key, _)| *key == name);
        found.map(|(_, json)| from_json(json.as_bytes())).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::well_known::{StringValue, Timestamp};

    #[test]
    fn details_of_several_types_travel_as_json_under_their_names() {
        let (text, time) = (StringValue { value: "hi".into() }, Timestamp { seconds: 7, nanos: 0 });
        let error = TerminalError::new("no").with_detail(&text).with_detail(&time);
        let metadata: Vec<_> = error.metadata().collect();
        let time_as_json = ("google.protobuf.Timestamp", r#""1970-01-01T00:00:07Z""#);
        assert_eq!(metadata, [("google.protobuf.StringValue", r#""hi""#), time_as_json]);
        assert_eq!(error.detail::<Timestamp>().unwrap(), Some(time));
        assert_eq!(error.detail::<StringValue>().unwrap(), Some(text));
    }

    #[test]
    fn what_was_not_added_is_not_there() {
        assert_eq!(TerminalError::new("no").detail::<StringValue>().unwrap(), None);
    }

    #[test]
    fn a_value_that_is_not_a_detail_of_the_type_is_an_error() {
        let never = Timestamp { seconds: i64::MAX, nanos: 0 };
        for error in [
            TerminalError::new("no").with_metadata("google.protobuf.Timestamp", "yesterday"),
            TerminalError::new("no").with_detail(&never),
        ] {
            let unreadable = error.detail::<Timestamp>().unwrap_err().to_string();
            assert!(unreadable.starts_with("not a valid Timestamp: "), "{unreadable}");
        }
    }
}
