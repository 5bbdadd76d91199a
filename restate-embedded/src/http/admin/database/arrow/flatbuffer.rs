//! Flatbuffers, written from the front: what a table refers to comes behind it.

/// A buffer that is written.
#[derive(Debug)]
pub(super) struct Flatbuffer {
    bytes: Vec<u8>,
}

/// A field of a table.
#[derive(Clone, Copy, Debug)]
pub(super) enum FieldValue {
    Absent,
    U8(u8),
    I16(i16),
    I32(i32),
    I64(i64),
    /// Where something is that is written later.
    Offset,
}

impl Flatbuffer {
    /// A buffer, and the place where the offset of its root belongs.
    pub(super) fn new() -> (Self, usize) {
        (Self { bytes: vec![0; 4] }, 0)
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes a table that is referred to at `place`. Returns the places of its own offsets.
    pub(super) fn table_at(&mut self, place: usize, slots: &[FieldValue]) -> Vec<usize> {
        let vtable_length = 4 + 2 * slots.len();
        // The table behind it begins at a multiple of 4.
        self.align(4);
        if !vtable_length.is_multiple_of(4) {
            self.bytes.extend([0; 2]);
        }
        let vtable = self.bytes.len();
        self.bytes.resize(vtable + vtable_length, 0);
        let table = self.bytes.len();
        self.refer(place, table);
        self.write(&to_u32(table - vtable).to_le_bytes());
        let mut offsets = Vec::new();
        for (index, slot) in slots.iter().enumerate() {
            let at = match slot {
                FieldValue::Absent => continue,
                FieldValue::U8(value) => self.write_aligned(&value.to_le_bytes()),
                FieldValue::I16(value) => self.write_aligned(&value.to_le_bytes()),
                FieldValue::I32(value) => self.write_aligned(&value.to_le_bytes()),
                FieldValue::I64(value) => self.write_aligned(&value.to_le_bytes()),
                FieldValue::Offset => {
                    let at = self.write_aligned(&[0; 4]);
                    offsets.push(at);
                    at
                }
            };
            self.set_u16(vtable + 4 + 2 * index, at - table);
        }
        self.set_u16(vtable, vtable_length);
        self.set_u16(vtable + 2, self.bytes.len() - table);
        offsets
    }

    /// Writes a text that is referred to at `place`.
    pub(super) fn string_at(&mut self, place: usize, text: &str) {
        self.vector_at(place, text.len(), 4);
        self.write(text.as_bytes());
        self.write(&[0]);
    }

    /// Writes a vector that is referred to at `place`. Returns the places of its offsets.
    pub(super) fn offsets_at(&mut self, place: usize, count: usize) -> Vec<usize> {
        self.vector_at(place, count, 4);
        (0..count).map(|_| self.write_aligned(&[0; 4])).collect()
    }

    /// Writes a vector of structs of two numbers that is referred to at `place`.
    pub(super) fn pairs_at(&mut self, place: usize, pairs: &[[i64; 2]]) {
        self.vector_at(place, pairs.len(), 8);
        for number in pairs.iter().flatten() {
            self.write(&number.to_le_bytes());
        }
    }

    /// The length of a vector, behind which its elements begin at a multiple of `alignment`.
    fn vector_at(&mut self, place: usize, length: usize, alignment: usize) {
        self.align(4);
        while !(self.bytes.len() + 4).is_multiple_of(alignment) {
            self.bytes.push(0);
        }
        self.refer(place, self.bytes.len());
        self.write(&to_u32(length).to_le_bytes());
    }

    /// Offsets count from where they are.
    fn refer(&mut self, place: usize, to: usize) {
        let offset = to_u32(to - place).to_le_bytes();
        self.bytes[place..place + 4].copy_from_slice(&offset);
    }

    fn set_u16(&mut self, place: usize, value: usize) {
        let value = u16::try_from(value).unwrap_or(u16::MAX).to_le_bytes();
        self.bytes[place..place + 2].copy_from_slice(&value);
    }

    fn align(&mut self, alignment: usize) {
        self.bytes.resize(self.bytes.len().next_multiple_of(alignment), 0);
    }

    fn write_aligned(&mut self, value: &[u8]) -> usize {
        self.align(value.len());
        let at = self.bytes.len();
        self.write(value);
        at
    }

    fn write(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }
}

fn to_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
