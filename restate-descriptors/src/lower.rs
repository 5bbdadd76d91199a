//! Lowers files so that prost-reflect and prost-build can read them: files of editions, and files of
//! proto3 with fields whose names prost-reflect takes for the same.
//!
//! A lowered file is one of proto2 in which everything that depends on the syntax or on features is
//! said by the fields themselves. proto2 cannot say that a field has implicit presence; such fields are
//! marked with `proto3_optional = false`, which no compiler writes: see [`is_implicit`] and
//! [`for_prost_build`]. In a file of proto3, all fields that are not `optional` are marked, because the
//! types of its fields need not be known yet.

use std::{collections::HashSet, error::Error, fmt};

use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

use crate::{
    SET_FILES,
    features::{Edition, Features},
    fields::{Fields, NotAMessage},
};

/// Lowers the encoded file `bytes`; `None` if it need not be.
///
/// # Errors
///
/// If it is not a file, or of an unknown edition.
pub fn lower(bytes: &[u8]) -> Result<Option<Vec<u8>>, LowerError> {
    let mut file = Fields::decode(bytes)?;
    let edition = Edition::of(file.text(FILE_SYNTAX), file.varint(FILE_EDITION));
    match edition {
        Edition::Proto2 => return Ok(None),
        Edition::Proto3 if !has_similar_names(&file)? => return Ok(None),
        Edition::Proto3 | Edition::Supported => {}
        Edition::Unknown(number) => {
            return Err(LowerError::UnknownEdition { file: file.text(NAME).to_owned(), number });
        }
    }
    lower_file(&mut file, edition)?;
    Ok(Some(file.encode()))
}

/// Lowers the files of an encoded descriptor set.
///
/// # Errors
///
/// Those of all files that cannot be lowered.
pub fn lower_set(set: &[u8]) -> Result<Vec<u8>, Vec<LowerError>> {
    // Bytes that are not a descriptor set are reported when the files are linked, with the reason.
    let Ok(files) = Fields::decode(set) else { return Ok(set.to_vec()) };
    let (mut set, mut errors) = (Fields::default(), Vec::new());
    for file in files.all(SET_FILES) {
        match lower(file) {
            Ok(lowered) => set.push_bytes(SET_FILES, lowered.unwrap_or_else(|| file.to_owned())),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(set.encode()) } else { Err(errors) }
}

/// Why a file cannot be lowered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LowerError {
    /// It is not an encoded file descriptor.
    NotAFile(NotAMessage),
    /// Its edition is not known.
    UnknownEdition {
        /// The name of the file.
        file: String,
        /// The number of the edition in `descriptor.proto`.
        number: u64,
    },
}

impl fmt::Display for LowerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAFile(error) => write!(f, "a file descriptor cannot be read: {error}"),
            Self::UnknownEdition { number, .. } => write!(
                f,
                "the file is of an edition that is not supported, number {number} in \
                 `descriptor.proto`; use edition 2023 or 2024, or `proto3`"
            ),
        }
    }
}

impl Error for LowerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotAFile(error) => Some(error),
            Self::UnknownEdition { .. } => None,
        }
    }
}

impl From<NotAMessage> for LowerError {
    fn from(error: NotAMessage) -> Self {
        Self::NotAFile(error)
    }
}

/// Undoes [`lower`] for a file of proto3: it has the marks of implicit presence.
///
/// # Errors
///
/// If `bytes` are not a file.
pub fn raise(bytes: &[u8]) -> Result<Vec<u8>, NotAMessage> {
    let mut file = Fields::decode(bytes)?;
    let mut has_marks = false;
    file.change_all(FILE_MESSAGES, |message| raise_message(message, &mut has_marks))?;
    if !has_marks {
        return Ok(bytes.to_vec());
    }
    file.set_bytes(FILE_SYNTAX, b"proto3".to_vec());
    Ok(file.encode())
}

fn raise_message(message: &[u8], has_marks: &mut bool) -> Result<Vec<u8>, NotAMessage> {
    let mut message = Fields::decode(message)?;
    message.change_all(MESSAGE_FIELDS, |field| {
        let mut field = Fields::decode(field)?;
        if field.varint(FIELD_PROTO3_OPTIONAL) == Some(0) {
            field.remove(FIELD_PROTO3_OPTIONAL);
            *has_marks = true;
        }
        Ok(field.encode())
    })?;
    message.change_all(MESSAGE_NESTED, |nested| raise_message(nested, has_marks))?;
    Ok(message.encode())
}

/// Whether a field of a lowered file has implicit presence.
pub fn is_implicit(field: &FieldDescriptorProto) -> bool {
    field.proto3_optional == Some(false)
}

/// Turns a lowered file into one of proto3 if it has fields with implicit presence, which
/// prost-build knows only there. What is different in proto3 is said by each field.
pub fn for_prost_build(file: &mut FileDescriptorProto) {
    if file.message_type.iter().any(has_implicit) {
        file.syntax = Some("proto3".to_owned());
        file.message_type.iter_mut().for_each(make_presence_explicit);
    }
}

fn has_implicit(message: &DescriptorProto) -> bool {
    message.field.iter().any(is_implicit) || message.nested_type.iter().any(has_implicit)
}

fn make_presence_explicit(message: &mut DescriptorProto) {
    for field in &mut message.field {
        let is_singular = field.label() == Label::Optional && field.oneof_index.is_none();
        if is_singular && field.r#type() != Type::Message && field.proto3_optional.is_none() {
            field.proto3_optional = Some(true);
        }
    }
    let nested = message.nested_type.iter_mut();
    let is_entry = |nested: &DescriptorProto| {
        nested.options.as_ref().is_some_and(|options| options.map_entry())
    };
    nested.filter(|nested| !is_entry(nested)).for_each(make_presence_explicit);
}

/// Whether names of fields differ only in case and underscores, which prost-reflect refuses in
/// proto3. protoc accepts those whose JSON names differ.
fn has_similar_names(file: &Fields) -> Result<bool, NotAMessage> {
    any(file.all(FILE_MESSAGES), fields_have_similar_names)
}

fn fields_have_similar_names(message: &[u8]) -> Result<bool, NotAMessage> {
    let message = Fields::decode(message)?;
    let mut names = HashSet::new();
    let is_similar = any(message.all(MESSAGE_FIELDS), |field| {
        let name = Fields::decode(field)?.text(NAME).replace('_', "").to_ascii_lowercase();
        Ok(!names.insert(name))
    })?;
    Ok(is_similar || any(message.all(MESSAGE_NESTED), fields_have_similar_names)?)
}

fn any<'m>(
    messages: impl Iterator<Item = &'m [u8]>,
    mut is_it: impl FnMut(&'m [u8]) -> Result<bool, NotAMessage>,
) -> Result<bool, NotAMessage> {
    for message in messages {
        if is_it(message)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn lower_file(file: &mut Fields, edition: Edition) -> Result<(), NotAMessage> {
    let features = Features::of(edition).with(&features_in(file, FILE_OPTIONS, FILE_FEATURES)?);
    file.change_all(FILE_MESSAGES, |message| lower_message(message, features))?;
    file.change_all(FILE_EXTENSIONS, |field| lower_extension(field, features))?;
    file.set_bytes(FILE_SYNTAX, b"proto2".to_vec());
    file.remove(FILE_EDITION);
    // Options of a contract are read from the files that define them, however they are imported.
    let imports: Vec<_> = file.all(FILE_OPTION_IMPORTS).map(<[u8]>::to_vec).collect();
    file.remove(FILE_OPTION_IMPORTS);
    imports.into_iter().for_each(|import| file.push_bytes(FILE_IMPORTS, import));
    Ok(())
}

fn lower_message(message: &[u8], outer: Features) -> Result<Vec<u8>, NotAMessage> {
    let mut message = Fields::decode(message)?;
    if is_map_entry(&message)? {
        return Ok(message.encode());
    }
    let features = outer.with(&features_in(&message, MESSAGE_OPTIONS, MESSAGE_FEATURES)?);
    let oneofs = message.all(MESSAGE_ONEOFS).map(|oneof| {
        let oneof = Fields::decode(oneof)?;
        Ok(features.with(&features_in(&oneof, ONEOF_OPTIONS, ONEOF_FEATURES)?))
    });
    let oneofs = oneofs.collect::<Result<Vec<_>, NotAMessage>>()?;
    let maps = map_entries(&message)?;
    message.change_all(MESSAGE_FIELDS, |field| {
        let field = Fields::decode(field)?;
        let oneof = field.varint(FIELD_ONEOF).and_then(|index| usize::try_from(index).ok());
        let outer = oneof.and_then(|index| oneofs.get(index)).copied().unwrap_or(features);
        lower_field(field, outer, &maps)
    })?;
    message.change_all(MESSAGE_EXTENSIONS, |field| lower_extension(field, features))?;
    message.change_all(MESSAGE_NESTED, |nested| lower_message(nested, features))?;
    Ok(message.encode())
}

/// The names of the nested messages that are entries of maps.
fn map_entries(message: &Fields) -> Result<HashSet<String>, NotAMessage> {
    let mut entries = HashSet::new();
    for nested in message.all(MESSAGE_NESTED) {
        let nested = Fields::decode(nested)?;
        if is_map_entry(&nested)? {
            entries.insert(nested.text(NAME).to_owned());
        }
    }
    Ok(entries)
}

fn is_map_entry(message: &Fields) -> Result<bool, NotAMessage> {
    let options = Fields::decode(&message.message(MESSAGE_OPTIONS))?;
    Ok(options.varint(MESSAGE_MAP_ENTRY) == Some(1))
}

fn lower_field(
    mut field: Fields,
    outer: Features,
    maps: &HashSet<String>,
) -> Result<Vec<u8>, NotAMessage> {
    let features = outer.with(&features_in(&field, FIELD_OPTIONS, FIELD_FEATURES)?);
    if features.are_of_proto3() {
        if field.varint(FIELD_ONEOF).is_none() {
            field.set_varint(FIELD_PROTO3_OPTIONAL, 0);
        }
        return Ok(field.encode());
    }
    let ty = field.varint(FIELD_TYPE).unwrap_or_default();
    let is_message = ty == TYPE_MESSAGE || ty == TYPE_GROUP;
    let is_singular = field.varint(FIELD_LABEL) != Some(LABEL_REPEATED);
    let is_map = !is_singular && maps.contains(last_part(field.text(FIELD_TYPE_NAME)));
    if ty == TYPE_MESSAGE && features.is_delimited() && !is_map {
        field.set_varint(FIELD_TYPE, TYPE_GROUP);
    }
    if !is_singular && !is_message && ty != TYPE_STRING && ty != TYPE_BYTES {
        set_packed(&mut field, features)?;
    }
    let is_free = is_singular && field.varint(FIELD_ONEOF).is_none();
    if is_free && features.is_required() {
        field.set_varint(FIELD_LABEL, LABEL_REQUIRED);
    } else if is_free && features.has_implicit_presence() && !is_message {
        field.set_varint(FIELD_PROTO3_OPTIONAL, 0);
    }
    Ok(field.encode())
}

/// Extensions always have presence.
fn lower_extension(field: &[u8], outer: Features) -> Result<Vec<u8>, NotAMessage> {
    lower_field(Fields::decode(field)?, outer.of_extensions(), &HashSet::new())
}

fn set_packed(field: &mut Fields, features: Features) -> Result<(), NotAMessage> {
    let mut options = Fields::decode(&field.message(FIELD_OPTIONS))?;
    options.set_varint(FIELD_PACKED, u64::from(features.is_packed()));
    field.set_bytes(FIELD_OPTIONS, options.encode());
    Ok(())
}

/// The features in the options of an element.
fn features_in(element: &Fields, options: u32, features: u32) -> Result<Fields, NotAMessage> {
    Fields::decode(&Fields::decode(&element.message(options))?.message(features))
}

fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

/// Field numbers of `descriptor.proto`.
const NAME: u32 = 1;
const FILE_IMPORTS: u32 = 3;
const FILE_MESSAGES: u32 = 4;
const FILE_EXTENSIONS: u32 = 7;
const FILE_OPTIONS: u32 = 8;
const FILE_SYNTAX: u32 = 12;
const FILE_EDITION: u32 = 14;
const FILE_OPTION_IMPORTS: u32 = 15;
const FILE_FEATURES: u32 = 50;
const MESSAGE_FIELDS: u32 = 2;
const MESSAGE_NESTED: u32 = 3;
const MESSAGE_EXTENSIONS: u32 = 6;
const MESSAGE_OPTIONS: u32 = 7;
const MESSAGE_ONEOFS: u32 = 8;
const MESSAGE_MAP_ENTRY: u32 = 7;
const MESSAGE_FEATURES: u32 = 12;
const ONEOF_OPTIONS: u32 = 2;
const ONEOF_FEATURES: u32 = 1;
const FIELD_LABEL: u32 = 4;
const FIELD_TYPE: u32 = 5;
const FIELD_TYPE_NAME: u32 = 6;
const FIELD_OPTIONS: u32 = 8;
const FIELD_ONEOF: u32 = 9;
const FIELD_PROTO3_OPTIONAL: u32 = 17;
const FIELD_PACKED: u32 = 2;
const FIELD_FEATURES: u32 = 21;

/// Values of its enums.
const LABEL_REQUIRED: u64 = 2;
const LABEL_REPEATED: u64 = 3;
const TYPE_STRING: u64 = 9;
const TYPE_GROUP: u64 = 10;
const TYPE_MESSAGE: u64 = 11;
const TYPE_BYTES: u64 = 12;
