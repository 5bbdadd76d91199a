//! Request fields that hold the key of an object.

use crate::error::TerminalError;

/// The key of a singleton: an object that exists once.
pub(crate) const SINGLETON: &str = "singleton";

/// A request field that holds its object's key: a string, an integer or a bool.
pub trait Key {
    /// The key, as it appears in the address of a call.
    fn to_key(&self) -> String;

    /// Sets the field to `key` if it is empty.
    ///
    /// # Errors
    ///
    /// Code 400 when the field holds another key, or `key` is not of the field's type.
    fn fill_from(&mut self, key: &str) -> Result<(), TerminalError>;
}

impl Key for String {
    fn to_key(&self) -> String {
        self.clone()
    }

    fn fill_from(&mut self, key: &str) -> Result<(), TerminalError> {
        if self.is_empty() {
            key.clone_into(self);
        }
        same_key(self, key)
    }
}

macro_rules! parsed_key {
    ($($ty:ty),*) => {$(
        impl Key for $ty {
            fn to_key(&self) -> String {
                self.to_string()
            }

            fn fill_from(&mut self, key: &str) -> Result<(), TerminalError> {
                if *self == Self::default() {
                    *self = key.parse().map_err(|_| {
                        TerminalError::with_code(
                            400,
                            concat!("the key must be a `", stringify!($ty), "`"),
                        )
                    })?;
                }
                same_key(&self.to_string(), key)
            }
        }
    )*};
}

parsed_key!(i32, i64, u32, u64, bool);

/// A field with presence: absent means empty.
impl<K: Key + Default> Key for Option<K> {
    fn to_key(&self) -> String {
        self.as_ref().map(Key::to_key).unwrap_or_default()
    }

    fn fill_from(&mut self, key: &str) -> Result<(), TerminalError> {
        self.get_or_insert_default().fill_from(key)
    }
}

fn same_key(field: &str, key: &str) -> Result<(), TerminalError> {
    if field == key {
        Ok(())
    } else {
        let message = format!("the request holds key `{field}` but was sent to key `{key}`");
        Err(TerminalError::with_code(400, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_field_takes_the_key_it_was_called_under() {
        let (mut text, mut number, mut absent) = (String::new(), 0_i64, None::<String>);
        text.fill_from("pete").unwrap();
        number.fill_from("-7").unwrap();
        absent.fill_from("pete").unwrap();
        assert_eq!((text.as_str(), number, absent.as_deref()), ("pete", -7, Some("pete")));
    }

    #[test]
    fn another_key_is_refused() {
        let error = 7_u32.fill_from("8").unwrap_err();
        assert_eq!(error.code(), 400);
        assert_eq!(error.message(), "the request holds key `7` but was sent to key `8`");
    }

    #[test]
    fn a_key_of_another_type_is_refused() {
        assert_eq!(0_u32.fill_from("pete").unwrap_err().code(), 400);
    }
}
