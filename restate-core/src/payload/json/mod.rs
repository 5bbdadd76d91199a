//! The canonical JSON form of protobuf messages.
//!
//! Generated code says which [`Form`] each field has, by [`message!`](crate::codegen::message) and
//! [`enumeration!`](crate::codegen::enumeration); everything else is here.

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
macro_rules! __message {
    (
        $message:ty as $full:literal in $package:literal {
            $($name:literal $(| $alias:literal)? = $field:ident($($form:tt)+),)*
            $(oneof $oneof:ident: $variants:ty {
                $($vname:literal $(| $valias:literal)? = $variant:ident($($vform:tt)+),)*
            })*
        }
    ) => {
        $crate::codegen::message_name!($message as $full in $package);

        impl $crate::codegen::json::Object for $message {
            const FIELDS: &'static [&'static [&'static str]] =
                &[$(&[$name $(, $alias)?],)* $($(&[$vname $(, $valias)?],)*)*];

            #[allow(deprecated, unused_variables)]
            fn write<Map_: $crate::codegen::serde::ser::SerializeMap>(
                &self,
                fields: &mut $crate::codegen::json::Fields<'_, Map_>,
            ) -> ::core::result::Result<(), Map_::Error> {
                $(fields.field::<$crate::codegen::json_codec!($($form)+), _>($name, &self.$field)?;)*
                $({
                    type Variants_ = $variants;
                    match &self.$oneof {
                        $(::core::option::Option::Some(Variants_::$variant(value)) => {
                            fields.present::<$crate::codegen::json_codec!($($vform)+), _>($vname, value)?;
                        })*
                        ::core::option::Option::None => {}
                    }
                })*
                ::core::result::Result::Ok(())
            }

            #[allow(deprecated, unused_variables)]
            fn describe(properties: &mut $crate::codegen::json::Properties<'_>) {
                $(properties.field::<Self, $crate::codegen::json_codec!($($form)+), _>(
                    $name,
                    |message| &message.$field,
                );)*
                $($(properties.variant::<_, $crate::codegen::json_codec!($($vform)+), _>(
                    $vname,
                    <$variants>::$variant,
                );)*)*
            }

            #[allow(deprecated, unused_variables)]
            fn read<'de, Map_: $crate::codegen::serde::de::MapAccess<'de>>(
                &mut self,
                field: &str,
                value: &mut Map_,
            ) -> ::core::result::Result<(), Map_::Error> {
                match field {
                    $($name => {
                        self.$field =
                            $crate::codegen::json::read::<$crate::codegen::json_codec!($($form)+), _, _>(value)?;
                    })*
                    $($($vname => {
                        let is_set = self.$oneof.is_some();
                        let read = $crate::codegen::json::read_variant::<
                            $crate::codegen::json_codec!($($vform)+), _, _,
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

        impl $crate::codegen::json::Described for $message {
            fn name() -> ::std::string::String {
                <Self as $crate::codegen::prost::Name>::full_name()
            }

            fn schema(
                schemas: &mut $crate::codegen::json::Schemas,
            ) -> $crate::codegen::serde_json::Value {
                $crate::codegen::json::object_schema::<Self>(schemas)
            }
        }

        impl $crate::codegen::serde::Serialize for $message {
            fn serialize<To_: $crate::codegen::serde::Serializer>(
                &self,
                serializer: To_,
            ) -> ::core::result::Result<To_::Ok, To_::Error> {
                $crate::codegen::json::serialize(self, serializer)
            }
        }

        impl<'de> $crate::codegen::serde::Deserialize<'de> for $message {
            fn deserialize<From_: $crate::codegen::serde::Deserializer<'de>>(
                deserializer: From_,
            ) -> ::core::result::Result<Self, From_::Error> {
                $crate::codegen::json::deserialize(deserializer)
            }
        }

        impl $crate::Message for $message {}
    };
}

/// Gives a message its name.
#[doc(hidden)]
#[macro_export]
macro_rules! __message_name {
    ($message:ty as $name:literal in $package:literal) => {
        impl $crate::codegen::prost::Name for $message {
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
macro_rules! __json_codec {
    (scalar) => { $crate::codegen::json::Scalar };
    (message) => { $crate::codegen::json::Msg };
    (value) => { $crate::codegen::json::Value };
    (null) => { $crate::codegen::json::Null };
    (enum $values:ty) => { $crate::codegen::json::Enum<$values> };
    (optional $($form:tt)+) => { $crate::codegen::json::Maybe<$crate::codegen::json_codec!($($form)+)> };
    (required $($form:tt)+) => { $crate::codegen::json::Required<$crate::codegen::json_codec!($($form)+)> };
    (repeated $($form:tt)+) => { $crate::codegen::json::Many<$crate::codegen::json_codec!($($form)+)> };
    (map $($form:tt)+) => { $crate::codegen::json::Map<$crate::codegen::json_codec!($($form)+)> };
}

/// Gives an enum its JSON form: the names of its numbers, the one to write first.
#[doc(hidden)]
#[macro_export]
macro_rules! __enumeration {
    ($values:ty { $($name:literal = $number:literal,)* }) => {
        impl $crate::codegen::json::Enumeration for $values {
            const NAME: &'static str = ::core::stringify!($values);
            const VALUES: &'static [(&'static str, i32)] = &[$(($name, $number)),*];
        }

        impl $crate::codegen::serde::Serialize for $values {
            fn serialize<To_: $crate::codegen::serde::Serializer>(
                &self,
                serializer: To_,
            ) -> ::core::result::Result<To_::Ok, To_::Error> {
                type Form_ = $crate::codegen::json_codec!(enum $values);
                <Form_ as $crate::codegen::json::Form<i32>>::write(&(*self as i32), serializer)
            }
        }

        impl<'de> $crate::codegen::serde::Deserialize<'de> for $values {
            fn deserialize<From_: $crate::codegen::serde::Deserializer<'de>>(
                deserializer: From_,
            ) -> ::core::result::Result<Self, From_::Error> {
                type Form_ = $crate::codegen::json_codec!(enum $values);
                let number = <Form_ as $crate::codegen::json::Form<i32>>::read(deserializer)?;
                Self::try_from(number).map_err($crate::codegen::serde::de::Error::custom)
            }
        }
    };
}
