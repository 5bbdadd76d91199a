//! The names that generated code uses and users do not see in signatures. Not a public interface.

pub use bytes;
pub use prost;
pub use serde;
pub use serde_json;

pub use crate::{
    __enumeration as enumeration, __json_codec as json_codec, __message as message,
    __message_name as message_name, __redacted_debug as redacted_debug, __shown as shown,
    attempt::{HandlerFuture, HandlerRequest},
    call::ServiceName,
    contract::{Codec, HandlerDescriptor, Key, ServiceDescriptor, codec},
    error::handler_result,
    handler::{
        context::HandlerContext,
        dropped::{Begun, Dropped},
    },
    payload::{Detail, json},
};

// Names that the macros introduce end in `_`: a contract may have an enum called `S`, but generated
// names never end in `_`.

/// Gives a message its name and its JSON mapping: for each field its JSON name, the other name that
/// is read, and the codec.
#[doc(hidden)]
#[macro_export]
macro_rules! __message {
    (
        $message:ty as $full:literal in $package:literal {
            $($name:literal $(| $alias:literal)? = $field:ident($($codec:tt)+),)*
            $(oneof $oneof:ident: $variants:ty {
                $($vname:literal $(| $valias:literal)? = $variant:ident($($vcodec:tt)+),)*
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
                $(fields.field::<$crate::codegen::json_codec!($($codec)+), _>($name, &self.$field)?;)*
                $({
                    type Variants_ = $variants;
                    match &self.$oneof {
                        $(::core::option::Option::Some(Variants_::$variant(value)) => {
                            fields.present::<$crate::codegen::json_codec!($($vcodec)+), _>($vname, value)?;
                        })*
                        ::core::option::Option::None => {}
                    }
                })*
                ::core::result::Result::Ok(())
            }

            #[allow(deprecated, unused_variables)]
            fn describe(properties: &mut $crate::codegen::json::Properties<'_>) {
                $(properties.field::<Self, $crate::codegen::json_codec!($($codec)+), _>(
                    $name,
                    |message| &message.$field,
                );)*
                $($(properties.variant::<_, $crate::codegen::json_codec!($($vcodec)+), _>(
                    $vname,
                    <$variants>::$variant,
                );)*)*
            }

            #[allow(deprecated, unused_variables, unreachable_patterns)]
            fn reader<'de, Map_: $crate::codegen::serde::de::MapAccess<'de>>(
                field: &str,
            ) -> $crate::codegen::json::Reader<Self, Map_, Map_::Error> {
                match field {
                    $($name => |message, value| {
                        $crate::codegen::json::read::<$crate::codegen::json_codec!($($codec)+), _, _>(
                            &mut message.$field,
                            value,
                        )
                    },)*
                    $($($vname => |message, value| {
                        type Variants_ = $variants;
                        $crate::codegen::json::read_variant::<
                            $crate::codegen::json_codec!($($vcodec)+), _, _, _,
                        >(
                            &mut message.$oneof,
                            value,
                            $vname,
                            Variants_::$variant,
                            |oneof| match oneof {
                                Variants_::$variant(value) => ::core::option::Option::Some(value),
                                _ => ::core::option::Option::None,
                            },
                        )
                    },)*)*
                    _ => |_, _| ::core::result::Result::Ok(()),
                }
            }
        }

        impl $crate::codegen::json::ReadInPlace for $message {
            fn read_in_place<'de, From_: $crate::codegen::serde::Deserializer<'de>>(
                &mut self,
                deserializer: From_,
            ) -> ::core::result::Result<(), From_::Error> {
                $crate::codegen::json::deserialize_in_place(self, deserializer)
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

/// The JSON codec for a description such as `optional scalar` or `map enum Status`.
#[doc(hidden)]
#[macro_export]
macro_rules! __json_codec {
    (scalar) => { $crate::codegen::json::Scalar };
    (message) => { $crate::codegen::json::MessageField };
    (value) => { $crate::codegen::json::ValueField };
    (null) => { $crate::codegen::json::NullField };
    (enum $values:ty) => { $crate::codegen::json::EnumField<$values> };
    (redacted $($codec:tt)+) => { $crate::codegen::json::RedactedField<$crate::codegen::json_codec!($($codec)+)> };
    (optional $($codec:tt)+) => { $crate::codegen::json::OptionalField<$crate::codegen::json_codec!($($codec)+)> };
    (required $($codec:tt)+) => { $crate::codegen::json::RequiredField<$crate::codegen::json_codec!($($codec)+)> };
    (repeated $($codec:tt)+) => { $crate::codegen::json::RepeatedField<$crate::codegen::json_codec!($($codec)+)> };
    (map $($codec:tt)+) => { $crate::codegen::json::MapField<$crate::codegen::json_codec!($($codec)+)> };
}

/// Implements `Debug` for a message or a oneof with fields that people must not see.
#[doc(hidden)]
#[macro_export]
macro_rules! __redacted_debug {
    (struct $message:ty as $name:literal { $($field:ident $(($redacted:ident))?,)* }) => {
        impl ::core::fmt::Debug for $message {
            #[allow(deprecated)]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct($name)
                    $(.field(
                        ::core::stringify!($field),
                        $crate::codegen::shown!(&self.$field $(, $redacted)?),
                    ))*
                    .finish()
            }
        }
    };
    (enum $variants:ty { $($variant:ident $(($redacted:ident))?,)* }) => {
        impl ::core::fmt::Debug for $variants {
            #[allow(deprecated, unused_variables)]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self {
                    $(Self::$variant(value) => f
                        .debug_tuple(::core::stringify!($variant))
                        .field($crate::codegen::shown!(value $(, $redacted)?))
                        .finish(),)*
                }
            }
        }
    };
}

/// What `Debug` shows of a field.
#[doc(hidden)]
#[macro_export]
macro_rules! __shown {
    ($value:expr) => {
        $value
    };
    ($value:expr, redacted) => {
        &$crate::codegen::json::Redacted
    };
}

/// Gives an enum its JSON mapping: names and numbers. Of several names for a number, the first is
/// written.
#[doc(hidden)]
#[macro_export]
macro_rules! __enumeration {
    ($values:ty { $($name:literal = $number:literal,)* }) => {
        impl $crate::codegen::json::Enumeration for $values {
            const EXPECTED: &'static str = ::core::concat!(
                "a name or number of the enum ",
                ::core::stringify!($values)
            );
            const VALUES: &'static [(&'static str, i32)] = &[$(($name, $number)),*];
        }

        impl $crate::codegen::serde::Serialize for $values {
            fn serialize<To_: $crate::codegen::serde::Serializer>(
                &self,
                serializer: To_,
            ) -> ::core::result::Result<To_::Ok, To_::Error> {
                type Codec_ = $crate::codegen::json_codec!(enum $values);
                <Codec_ as $crate::codegen::json::JsonCodec<i32>>::write(&(*self as i32), serializer)
            }
        }

        impl<'de> $crate::codegen::serde::Deserialize<'de> for $values {
            fn deserialize<From_: $crate::codegen::serde::Deserializer<'de>>(
                deserializer: From_,
            ) -> ::core::result::Result<Self, From_::Error> {
                type Codec_ = $crate::codegen::json_codec!(enum $values);
                let number = <Codec_ as $crate::codegen::json::JsonCodec<i32>>::read(deserializer)?;
                Self::try_from(number).map_err($crate::codegen::serde::de::Error::custom)
            }
        }
    };
}
