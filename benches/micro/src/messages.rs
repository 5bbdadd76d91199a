//! `google.protobuf.Type` and what it holds, as `restate-codegen` generates them.

#[derive(Clone, PartialEq, Eq, Hash, ::restate_core::codegen::prost::Message)]
#[prost(prost_path = "::restate_core::codegen::prost")]
pub struct SourceContext {
    #[prost(string, tag = "1")]
    pub file_name: ::std::string::String,
}

#[derive(Clone, PartialEq, ::restate_core::codegen::prost::Message)]
#[prost(prost_path = "::restate_core::codegen::prost")]
pub struct Type {
    #[prost(string, tag = "1")]
    pub name: ::std::string::String,
    #[prost(message, repeated, tag = "2")]
    pub fields: ::std::vec::Vec<Field>,
    #[prost(string, repeated, tag = "3")]
    pub oneofs: ::std::vec::Vec<::std::string::String>,
    #[prost(message, repeated, tag = "4")]
    pub options: ::std::vec::Vec<Option>,
    #[prost(message, optional, tag = "5")]
    pub source_context: ::core::option::Option<SourceContext>,
    #[prost(enumeration = "Syntax", tag = "6")]
    pub syntax: i32,
    #[prost(string, tag = "7")]
    pub edition: ::std::string::String,
}

#[derive(Clone, PartialEq, ::restate_core::codegen::prost::Message)]
#[prost(prost_path = "::restate_core::codegen::prost")]
pub struct Field {
    #[prost(enumeration = "field::Kind", tag = "1")]
    pub kind: i32,
    #[prost(enumeration = "field::Cardinality", tag = "2")]
    pub cardinality: i32,
    #[prost(int32, tag = "3")]
    pub number: i32,
    #[prost(string, tag = "4")]
    pub name: ::std::string::String,
    #[prost(string, tag = "6")]
    pub type_url: ::std::string::String,
    #[prost(int32, tag = "7")]
    pub oneof_index: i32,
    #[prost(bool, tag = "8")]
    pub packed: bool,
    #[prost(message, repeated, tag = "9")]
    pub options: ::std::vec::Vec<Option>,
    #[prost(string, tag = "10")]
    pub json_name: ::std::string::String,
    #[prost(string, tag = "11")]
    pub default_value: ::std::string::String,
}

/// Nested message and enum types in `Field`.
pub mod field {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::restate_core::codegen::prost::Enumeration)]
    #[prost(prost_path = "::restate_core::codegen::prost")]
    #[repr(i32)]
    pub enum Kind {
        TypeUnknown = 0,
        TypeDouble = 1,
        TypeFloat = 2,
        TypeInt64 = 3,
        TypeUint64 = 4,
        TypeInt32 = 5,
        TypeFixed64 = 6,
        TypeFixed32 = 7,
        TypeBool = 8,
        TypeString = 9,
        TypeGroup = 10,
        TypeMessage = 11,
        TypeBytes = 12,
        TypeUint32 = 13,
        TypeEnum = 14,
        TypeSfixed32 = 15,
        TypeSfixed64 = 16,
        TypeSint32 = 17,
        TypeSint64 = 18,
    }


    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::restate_core::codegen::prost::Enumeration)]
    #[prost(prost_path = "::restate_core::codegen::prost")]
    #[repr(i32)]
    pub enum Cardinality {
        Unknown = 0,
        Optional = 1,
        Required = 2,
        Repeated = 3,
    }

}

#[derive(Clone, PartialEq, Eq, Hash, ::restate_core::codegen::prost::Message)]
#[prost(prost_path = "::restate_core::codegen::prost")]
pub struct Option {
    #[prost(string, tag = "1")]
    pub name: ::std::string::String,
    #[prost(message, optional, tag = "2")]
    pub value: ::core::option::Option<::restate_core::well_known::Any>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::restate_core::codegen::prost::Enumeration)]
#[prost(prost_path = "::restate_core::codegen::prost")]
#[repr(i32)]
pub enum Syntax {
    Proto2 = 0,
    Proto3 = 1,
    Editions = 2,
}

::restate_core::codegen::message! {
    SourceContext as "SourceContext" in "google.protobuf" {
        "fileName" | "file_name" = file_name(scalar),
    }
}

::restate_core::codegen::message! {
    Type as "Type" in "google.protobuf" {
        "name" = name(scalar),
        "fields" = fields(repeated message),
        "oneofs" = oneofs(repeated scalar),
        "options" = options(repeated message),
        "sourceContext" | "source_context" = source_context(optional message),
        "syntax" = syntax(enum Syntax),
        "edition" = edition(scalar),
    }
}

::restate_core::codegen::message! {
    Field as "Field" in "google.protobuf" {
        "kind" = kind(enum field::Kind),
        "cardinality" = cardinality(enum field::Cardinality),
        "number" = number(scalar),
        "name" = name(scalar),
        "typeUrl" | "type_url" = type_url(scalar),
        "oneofIndex" | "oneof_index" = oneof_index(scalar),
        "packed" = packed(scalar),
        "options" = options(repeated message),
        "jsonName" | "json_name" = json_name(scalar),
        "defaultValue" | "default_value" = default_value(scalar),
    }
}

::restate_core::codegen::enumeration! {
    field::Kind {
        "TYPE_UNKNOWN" = 0,
        "TYPE_DOUBLE" = 1,
        "TYPE_FLOAT" = 2,
        "TYPE_INT64" = 3,
        "TYPE_UINT64" = 4,
        "TYPE_INT32" = 5,
        "TYPE_FIXED64" = 6,
        "TYPE_FIXED32" = 7,
        "TYPE_BOOL" = 8,
        "TYPE_STRING" = 9,
        "TYPE_GROUP" = 10,
        "TYPE_MESSAGE" = 11,
        "TYPE_BYTES" = 12,
        "TYPE_UINT32" = 13,
        "TYPE_ENUM" = 14,
        "TYPE_SFIXED32" = 15,
        "TYPE_SFIXED64" = 16,
        "TYPE_SINT32" = 17,
        "TYPE_SINT64" = 18,
    }
}

::restate_core::codegen::enumeration! {
    field::Cardinality {
        "CARDINALITY_UNKNOWN" = 0,
        "CARDINALITY_OPTIONAL" = 1,
        "CARDINALITY_REQUIRED" = 2,
        "CARDINALITY_REPEATED" = 3,
    }
}

::restate_core::codegen::message! {
    Option as "Option" in "google.protobuf" {
        "name" = name(scalar),
        "value" = value(optional message),
    }
}

::restate_core::codegen::enumeration! {
    Syntax {
        "SYNTAX_PROTO2" = 0,
        "SYNTAX_PROTO3" = 1,
        "SYNTAX_EDITIONS" = 2,
    }
}
