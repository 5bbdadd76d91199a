//! The canonical JSON form of protobuf messages.
//!
//! Generated code says which [`Form`] each field has, by [`message!`](crate::message) and
//! [`enumeration!`](crate::enumeration); everything else is here.

mod any;
mod enumeration;
mod form;
mod message;
mod number;
mod scalar;
mod schema;

pub use any::{Registered, find, register};
pub use enumeration::{Enum, Enumeration};
pub use form::{Form, Many, Map, Maybe, Msg, Null, Required, Value};
pub use message::{Fields, Object, deserialize, read, read_variant, serialize};
pub use number::{Integer, parse_number};
pub use scalar::{MapKey, Scalar};
pub use schema::{Described, Properties, Schemas, object_schema, schema_document};

// Names that macros make up end in `_`, as none of a contract does: an enum may be called `S`.

/// Gives a message its name and its JSON: each field's JSON name, the other it is read by, its form.
#[doc(hidden)]
#[macro_export]
macro_rules! message {
    (
        $message:ty as $full:literal in $package:literal {
            $($name:literal $(| $alias:literal)? = $field:ident($($form:tt)+),)*
            $(oneof $oneof:ident: $variants:ty {
                $($vname:literal $(| $valias:literal)? = $variant:ident($($vform:tt)+),)*
            })*
        }
    ) => {
        $crate::message_name!($message as $full in $package);

        impl $crate::__private::json::Object for $message {
            const FIELDS: &'static [&'static [&'static str]] =
                &[$(&[$name $(, $alias)?],)* $($(&[$vname $(, $valias)?],)*)*];

            #[allow(deprecated, unused_variables)]
            fn write<Map_: $crate::__private::serde::ser::SerializeMap>(
                &self,
                fields: &mut $crate::__private::json::Fields<'_, Map_>,
            ) -> ::core::result::Result<(), Map_::Error> {
                $(fields.field::<$crate::json_form!($($form)+), _>($name, &self.$field)?;)*
                $({
                    type Variants_ = $variants;
                    match &self.$oneof {
                        $(::core::option::Option::Some(Variants_::$variant(value)) => {
                            fields.present::<$crate::json_form!($($vform)+), _>($vname, value)?;
                        })*
                        ::core::option::Option::None => {}
                    }
                })*
                ::core::result::Result::Ok(())
            }

            #[allow(deprecated, unused_variables)]
            fn describe(properties: &mut $crate::__private::json::Properties<'_>) {
                $(properties.field::<Self, $crate::json_form!($($form)+), _>(
                    $name,
                    |message| &message.$field,
                );)*
                $($(properties.variant::<_, $crate::json_form!($($vform)+), _>(
                    $vname,
                    <$variants>::$variant,
                );)*)*
            }

            #[allow(deprecated, unused_variables)]
            fn read<'de, Map_: $crate::__private::serde::de::MapAccess<'de>>(
                &mut self,
                field: &str,
                value: &mut Map_,
            ) -> ::core::result::Result<(), Map_::Error> {
                match field {
                    $($name => {
                        self.$field =
                            $crate::__private::json::read::<$crate::json_form!($($form)+), _, _>(value)?;
                    })*
                    $($($vname => {
                        let is_set = self.$oneof.is_some();
                        let read = $crate::__private::json::read_variant::<
                            $crate::json_form!($($vform)+), _, _,
                        >(value, field, is_set)?;
                        if let ::core::option::Option::Some(value) = read {
                            self.$oneof =
                                ::core::option::Option::Some(<$variants>::$variant(value));
                        }
                    })*)*
                    _ => {}
                }
                ::core::result::Result::Ok(())
            }
        }

        impl $crate::__private::json::Described for $message {
            fn name() -> ::std::string::String {
                <Self as $crate::__private::prost::Name>::full_name()
            }

            fn schema(
                schemas: &mut $crate::__private::json::Schemas,
            ) -> $crate::__private::serde_json::Value {
                $crate::__private::json::object_schema::<Self>(schemas)
            }
        }

        impl $crate::__private::serde::Serialize for $message {
            fn serialize<To_: $crate::__private::serde::Serializer>(
                &self,
                serializer: To_,
            ) -> ::core::result::Result<To_::Ok, To_::Error> {
                $crate::__private::json::serialize(self, serializer)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $message {
            fn deserialize<From_: $crate::__private::serde::Deserializer<'de>>(
                deserializer: From_,
            ) -> ::core::result::Result<Self, From_::Error> {
                $crate::__private::json::deserialize(deserializer)
            }
        }

        impl $crate::Message for $message {}
    };
}

/// Gives a message its name.
#[doc(hidden)]
#[macro_export]
macro_rules! message_name {
    ($message:ty as $name:literal in $package:literal) => {
        impl $crate::__private::prost::Name for $message {
            const NAME: &'static str = $name;
            const PACKAGE: &'static str = $package;
        }

        // A program need not use every message of a contract.
        const _: fn($message) = |_| {};
    };
}

/// The [`Form`] that a field is said to have, as `optional scalar` or `map enum Status`.
#[doc(hidden)]
#[macro_export]
macro_rules! json_form {
    (scalar) => { $crate::__private::json::Scalar };
    (message) => { $crate::__private::json::Msg };
    (value) => { $crate::__private::json::Value };
    (null) => { $crate::__private::json::Null };
    (enum $values:ty) => { $crate::__private::json::Enum<$values> };
    (optional $($form:tt)+) => { $crate::__private::json::Maybe<$crate::json_form!($($form)+)> };
    (required $($form:tt)+) => { $crate::__private::json::Required<$crate::json_form!($($form)+)> };
    (repeated $($form:tt)+) => { $crate::__private::json::Many<$crate::json_form!($($form)+)> };
    (map $($form:tt)+) => { $crate::__private::json::Map<$crate::json_form!($($form)+)> };
}

/// Gives an enum its JSON form: the names of its numbers, the one to write first.
#[doc(hidden)]
#[macro_export]
macro_rules! enumeration {
    ($values:ty { $($name:literal = $number:literal,)* }) => {
        impl $crate::__private::json::Enumeration for $values {
            const NAME: &'static str = ::core::stringify!($values);
            const VALUES: &'static [(&'static str, i32)] = &[$(($name, $number)),*];
        }

        impl $crate::__private::serde::Serialize for $values {
            fn serialize<To_: $crate::__private::serde::Serializer>(
                &self,
                serializer: To_,
            ) -> ::core::result::Result<To_::Ok, To_::Error> {
                type Form_ = $crate::json_form!(enum $values);
                <Form_ as $crate::__private::json::Form<i32>>::write(&(*self as i32), serializer)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $values {
            fn deserialize<From_: $crate::__private::serde::Deserializer<'de>>(
                deserializer: From_,
            ) -> ::core::result::Result<Self, From_::Error> {
                type Form_ = $crate::json_form!(enum $values);
                let number = <Form_ as $crate::__private::json::Form<i32>>::read(deserializer)?;
                Self::try_from(number).map_err($crate::__private::serde::de::Error::custom)
            }
        }
    };
}
