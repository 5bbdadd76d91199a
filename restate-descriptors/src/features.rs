//! The features of protobuf editions, with which a file chooses between the rules of proto2 and proto3.

use crate::fields::Fields;

/// What a file of a contract begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edition {
    Proto2,
    Proto3,
    /// Editions 2023 and 2024, whose features have the same defaults where they matter for code.
    Supported,
    /// Any other, by its number in `descriptor.proto`.
    Unknown(u64),
}

impl Edition {
    /// Of the fields `syntax` and `edition` of a file descriptor.
    pub(super) fn of(syntax: &str, edition: Option<u64>) -> Self {
        match (syntax, edition) {
            ("" | "proto2", _) => Self::Proto2,
            ("proto3", _) => Self::Proto3,
            ("editions", Some(EDITION_2023 | EDITION_2024)) => Self::Supported,
            (_, edition) => Self::Unknown(edition.unwrap_or_default()),
        }
    }
}

/// `EDITION_PROTO2` of `descriptor.proto`: the first that the plugin supports.
pub const EDITION_PROTO2: u64 = 998;
const EDITION_2023: u64 = 1000;
/// `EDITION_2024` of `descriptor.proto`: the last that the plugin supports.
pub const EDITION_2024: u64 = 1001;

/// The features that change generated code, out of `FeatureSet` of `descriptor.proto`.
///
/// `utf8_validation`, `enum_type` and `json_format` are not here: prost validates every string and
/// keeps every enum value, and JSON is always allowed. `enforce_naming_style` and
/// `default_symbol_visibility` are rules that compilers check.
#[derive(Clone, Copy, Debug)]
pub(super) struct Features {
    /// A file of proto3 has no features, and all its fields have its defaults.
    are_of_proto3: bool,
    presence: u64,
    repeated_encoding: u64,
    message_encoding: u64,
}

/// Field numbers of `FeatureSet`, and values of their enums.
const FIELD_PRESENCE: u32 = 1;
const EXPLICIT: u64 = 1;
const IMPLICIT: u64 = 2;
const LEGACY_REQUIRED: u64 = 3;
const REPEATED_FIELD_ENCODING: u32 = 3;
const PACKED: u64 = 1;
const EXPANDED: u64 = 2;
const MESSAGE_ENCODING: u32 = 5;
const LENGTH_PREFIXED: u64 = 1;
const DELIMITED: u64 = 2;

impl Features {
    /// The defaults of `edition`.
    pub(super) fn of(edition: Edition) -> Self {
        let (presence, repeated_encoding) = match edition {
            Edition::Proto2 => (EXPLICIT, EXPANDED),
            Edition::Proto3 => (IMPLICIT, PACKED),
            Edition::Supported | Edition::Unknown(_) => (EXPLICIT, PACKED),
        };
        let are_of_proto3 = edition == Edition::Proto3;
        Self { are_of_proto3, presence, repeated_encoding, message_encoding: LENGTH_PREFIXED }
    }

    /// These features, overridden by those of an inner element.
    pub(super) fn with(self, inner: &Fields) -> Self {
        Self {
            are_of_proto3: self.are_of_proto3,
            presence: inner.varint(FIELD_PRESENCE).unwrap_or(self.presence),
            repeated_encoding: inner
                .varint(REPEATED_FIELD_ENCODING)
                .unwrap_or(self.repeated_encoding),
            message_encoding: inner.varint(MESSAGE_ENCODING).unwrap_or(self.message_encoding),
        }
    }

    /// Those of extensions, which always have presence.
    pub(super) fn of_extensions(self) -> Self {
        Self { are_of_proto3: false, presence: EXPLICIT, ..self }
    }

    pub(super) fn are_of_proto3(self) -> bool {
        self.are_of_proto3
    }

    /// Whether a field with the default value is the same as no field.
    pub(super) fn has_implicit_presence(self) -> bool {
        self.presence == IMPLICIT
    }

    pub(super) fn is_required(self) -> bool {
        self.presence == LEGACY_REQUIRED
    }

    pub(super) fn is_packed(self) -> bool {
        self.repeated_encoding == PACKED
    }

    /// Whether messages are encoded as groups.
    pub(super) fn is_delimited(self) -> bool {
        self.message_encoding == DELIMITED
    }
}
