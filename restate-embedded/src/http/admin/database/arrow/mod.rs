//! Rows as a stream of Apache Arrow's IPC format, which Restate's command line reads.
//!
//! Written here, as the crates for Arrow would be larger than this engine: a stream is a schema and one batch,
//! whose columns are booleans, 64-bit numbers, texts or bytes.

mod flatbuffer;
mod message;

use bytes::Bytes;
use rusqlite::{Row, types::ValueRef};

use super::reader::ResultColumn;

/// The columns of a result, value by value.
#[derive(Debug)]
pub(super) struct ArrowTable {
    columns: Vec<ArrowColumn>,
    rows: usize,
}

#[derive(Debug)]
struct ArrowColumn {
    name: String,
    is_boolean: bool,
    cells: Vec<Cell>,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Boolean,
    Integer,
    Real,
    Text,
    Bytes,
}

impl ArrowTable {
    pub(super) fn new(columns: &[ResultColumn]) -> Self {
        let columns = columns.iter().map(|ResultColumn { name, is_boolean }| ArrowColumn {
            name: name.clone(),
            is_boolean: *is_boolean,
            cells: Vec::new(),
        });
        Self { columns: columns.collect(), rows: 0 }
    }

    /// Adds a row. False if it takes more memory than is left.
    pub(super) fn push(&mut self, row: &Row<'_>, left: &mut usize) -> rusqlite::Result<bool> {
        let mut cells = Vec::with_capacity(self.columns.len());
        for index in 0..self.columns.len() {
            let cell = match row.get_ref(index)? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(number) => Cell::Integer(number),
                ValueRef::Real(number) => Cell::Real(number),
                ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
            };
            let Some(rest) = left.checked_sub(cell.size()) else { return Ok(false) };
            *left = rest;
            cells.push(cell);
        }
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.cells.push(cell);
        }
        self.rows += 1;
        Ok(true)
    }

    /// All rows, in Arrow's IPC streaming format.
    pub(super) fn stream(self) -> Bytes {
        let types: Vec<Type> = self.columns.iter().map(ArrowColumn::ty).collect();
        let fields = self.columns.iter().map(|it| &*it.name).zip(types.iter().copied());
        let mut stream = message::schema(fields);
        let columns = self.columns.iter().zip(types);
        stream.extend(message::batch(self.rows, columns.map(|(column, ty)| column.array(ty))));
        stream.extend(message::END);
        stream.into()
    }
}

impl Cell {
    fn size(&self) -> usize {
        let inside = match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Null | Self::Integer(_) | Self::Real(_) => 0,
        };
        size_of::<Self>() + inside
    }

    /// Its bytes as a text or as bytes.
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Null => Vec::new(),
            Self::Integer(number) => number.to_string().into(),
            Self::Real(number) => number.to_string().into(),
            Self::Text(text) => text.clone().into(),
            Self::Bytes(bytes) => bytes.clone(),
        }
    }
}

impl ArrowColumn {
    /// A type that has room for all its values: a column of SQLite has none of its own.
    fn ty(&self) -> Type {
        let all = |is: fn(&Cell) -> bool| {
            self.cells.iter().filter(|cell| **cell != Cell::Null).all(is)
                && self.cells.iter().any(|cell| *cell != Cell::Null)
        };
        if self.is_boolean
            && self.cells.iter().all(|it| matches!(it, Cell::Null | Cell::Integer(0 | 1)))
        {
            Type::Boolean
        } else if all(|cell| matches!(cell, Cell::Integer(_))) {
            Type::Integer
        } else if all(|cell| matches!(cell, Cell::Integer(_) | Cell::Real(_))) {
            Type::Real
        } else if self.cells.iter().any(|cell| matches!(cell, Cell::Bytes(_))) {
            Type::Bytes
        } else {
            Type::Text
        }
    }

    /// The values with this type.
    fn array(&self, ty: Type) -> message::Array {
        let is_present: Vec<bool> = self.cells.iter().map(|cell| *cell != Cell::Null).collect();
        let nulls = is_present.iter().filter(|is_present| !**is_present).count();
        let mut buffers = vec![if nulls == 0 { Vec::new() } else { bits(is_present) }];
        let integer = |cell: &Cell| if let Cell::Integer(number) = cell { *number } else { 0 };
        match ty {
            Type::Boolean => buffers.push(bits(self.cells.iter().map(|cell| integer(cell) == 1))),
            Type::Integer => {
                buffers
                    .push(self.cells.iter().flat_map(|cell| integer(cell).to_le_bytes()).collect());
            }
            Type::Real => {
                #[expect(clippy::cast_precision_loss, reason = "as SQLite does it")]
                let real = |cell: &Cell| match cell {
                    Cell::Real(number) => *number,
                    cell => integer(cell) as f64,
                };
                buffers.push(self.cells.iter().flat_map(|cell| real(cell).to_le_bytes()).collect());
            }
            Type::Text | Type::Bytes => {
                let (mut offsets, mut values) = (0_i32.to_le_bytes().to_vec(), Vec::new());
                for cell in &self.cells {
                    values.extend(cell.bytes());
                    // The limit of a result is far below 2 GiB.
                    let end = i32::try_from(values.len()).unwrap_or(i32::MAX);
                    offsets.extend(end.to_le_bytes());
                }
                buffers.extend([offsets, values]);
            }
        }
        message::Array { length: self.cells.len(), nulls, buffers }
    }
}

/// One bit for each, the lowest first.
fn bits(values: impl IntoIterator<Item = bool>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, value) in values.into_iter().enumerate() {
        if index % 8 == 0 {
            bytes.push(0);
        }
        if let Some(last) = bytes.last_mut() {
            *last |= u8::from(value) << (index % 8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(is_boolean: bool, cells: &[Cell]) -> ArrowColumn {
        ArrowColumn { name: "c".to_owned(), is_boolean, cells: cells.to_vec() }
    }

    #[test]
    fn a_column_has_a_type_with_room_for_all_values() {
        let text = Cell::Text("1".to_owned());
        for (cells, ty) in [
            (&[Cell::Integer(1), Cell::Null][..], Type::Integer),
            (&[Cell::Integer(1), Cell::Real(0.5)], Type::Real),
            (&[Cell::Integer(1), text.clone()], Type::Text),
            (&[text, Cell::Bytes(vec![1])], Type::Bytes),
            (&[Cell::Null], Type::Text),
            (&[], Type::Text),
        ] {
            assert_eq!(column(false, cells).ty(), ty, "{cells:?}");
        }
        assert_eq!(column(true, &[Cell::Integer(1), Cell::Null]).ty(), Type::Boolean);
        assert_eq!(column(true, &[Cell::Integer(2)]).ty(), Type::Integer);
    }

    #[test]
    fn bits_are_packed_from_the_lowest() {
        assert_eq!(bits([true, false, true]), [0b101]);
        assert_eq!(bits([false; 9]), [0, 0]);
    }

    #[test]
    fn every_message_of_a_stream_begins_at_a_multiple_of_eight_bytes() {
        let table = ArrowTable {
            rows: 2,
            columns: vec![
                column(false, &[Cell::Text("a".to_owned()), Cell::Null]),
                column(true, &[Cell::Integer(1), Cell::Integer(0)]),
            ],
        };
        let stream = table.stream();
        assert_eq!(stream.len() % 8, 0);
        assert!(stream.ends_with(&message::END));
    }
}
