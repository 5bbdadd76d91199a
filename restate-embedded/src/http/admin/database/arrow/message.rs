//! The messages of an Arrow stream: its schema, and a batch of rows.

use super::{
    Type,
    flatbuffer::{FieldValue, Flatbuffer},
};

/// What ends a stream.
pub(super) const END: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// Version 5 of the metadata.
const VERSION: i16 = 4;

// Numbers of Arrow's flatbuffer schemas `Message.fbs` and `Schema.fbs`.
const SCHEMA: u8 = 1;
const RECORD_BATCH: u8 = 3;
const INT: u8 = 2;
const FLOATING_POINT: u8 = 3;
const BINARY: u8 = 4;
const UTF8: u8 = 5;
const BOOL: u8 = 6;
const DOUBLE: i16 = 2;

/// The values of a column.
#[derive(Debug)]
pub(super) struct Array {
    pub(super) length: usize,
    pub(super) nulls: usize,
    pub(super) buffers: Vec<Vec<u8>>,
}

/// The message with the names and types of columns.
pub(super) fn schema<'a>(fields: impl Iterator<Item = (&'a str, Type)>) -> Vec<u8> {
    let (mut buffer, header) = message(SCHEMA, 0);
    // Little-endian; the fields.
    let schema = buffer.table_at(header, &[FieldValue::I16(0), FieldValue::Offset]);
    let fields: Vec<_> = fields.collect();
    let places = buffer.offsets_at(schema[0], fields.len());
    for (place, (name, ty)) in places.into_iter().zip(fields) {
        field(&mut buffer, place, name, ty);
    }
    framed(buffer, &[])
}

fn field(buffer: &mut Flatbuffer, place: usize, name: &str, ty: Type) {
    let number = match ty {
        Type::Boolean => BOOL,
        Type::Integer => INT,
        Type::Real => FLOATING_POINT,
        Type::Text => UTF8,
        Type::Bytes => BINARY,
    };
    let slots = [
        FieldValue::Offset,
        FieldValue::U8(1), // nullable
        FieldValue::U8(number),
        FieldValue::Offset,
        FieldValue::Absent, // dictionary
        FieldValue::Offset,
    ];
    let field = buffer.table_at(place, &slots);
    buffer.string_at(field[0], name);
    match ty {
        // 64 bits, signed.
        Type::Integer => buffer.table_at(field[1], &[FieldValue::I32(64), FieldValue::U8(1)]),
        Type::Real => buffer.table_at(field[1], &[FieldValue::I16(DOUBLE)]),
        Type::Boolean | Type::Text | Type::Bytes => buffer.table_at(field[1], &[]),
    };
    // No children.
    buffer.offsets_at(field[2], 0);
}

/// The message with the values of all columns.
pub(super) fn batch(rows: usize, arrays: impl Iterator<Item = Array>) -> Vec<u8> {
    let (mut nodes, mut places, mut body) = (Vec::new(), Vec::new(), Vec::new());
    for Array { length, nulls, buffers } in arrays {
        nodes.push([signed(length), signed(nulls)]);
        for buffer in buffers {
            places.push([signed(body.len()), signed(buffer.len())]);
            body.extend(buffer);
            pad(&mut body);
        }
    }
    let (mut buffer, header) = message(RECORD_BATCH, body.len());
    let slots = [FieldValue::I64(signed(rows)), FieldValue::Offset, FieldValue::Offset];
    let batch = buffer.table_at(header, &slots);
    buffer.pairs_at(batch[0], &nodes);
    buffer.pairs_at(batch[1], &places);
    framed(buffer, &body)
}

/// A message whose header is of this kind, and the place of that header.
fn message(header: u8, body_length: usize) -> (Flatbuffer, usize) {
    let (mut buffer, root) = Flatbuffer::new();
    let slots = [
        FieldValue::I16(VERSION),
        FieldValue::U8(header),
        FieldValue::Offset,
        FieldValue::I64(signed(body_length)),
    ];
    let message = buffer.table_at(root, &slots);
    (buffer, message[0])
}

/// A message and its body, behind their lengths.
fn framed(buffer: Flatbuffer, body: &[u8]) -> Vec<u8> {
    let mut metadata = buffer.finish();
    pad(&mut metadata);
    let length = i32::try_from(metadata.len()).unwrap_or(i32::MAX);
    let mut message = END[..4].to_vec();
    message.extend(length.to_le_bytes());
    message.extend(metadata);
    message.extend(body);
    message
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(8), 0);
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
