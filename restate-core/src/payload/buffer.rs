use std::io;

use bytes::Bytes;

/// Takes JSON as it is written: what is short ends up in one allocation of its length.
pub(crate) struct Buffer {
    short: [u8; SHORT],
    filled: usize,
    /// Everything, once it is longer than that.
    long: Vec<u8>,
}

const SHORT: usize = 256;

impl Buffer {
    pub(crate) fn new() -> Self {
        Self { short: [0; SHORT], filled: 0, long: Vec::new() }
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        match self.long.is_empty() {
            true => Bytes::copy_from_slice(&self.short[..self.filled]),
            false => self.long.into(),
        }
    }
}

impl io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.long.is_empty() {
            if let Some(place) = self.short.get_mut(self.filled..self.filled + bytes.len()) {
                place.copy_from_slice(bytes);
                self.filled += bytes.len();
                return Ok(());
            }
            self.long.reserve(2 * (self.filled + bytes.len()));
            self.long.extend_from_slice(&self.short[..self.filled]);
        }
        self.long.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{Buffer, SHORT};

    #[test]
    fn what_is_written_is_kept_however_long_it_is() {
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 3 * SHORT] {
            for piece in [1, 7, SHORT, 2 * SHORT] {
                let written: Vec<u8> = (b'a'..=b'z').cycle().take(length).collect();
                let mut buffer = Buffer::new();
                for piece in written.chunks(piece) {
                    buffer.write_all(piece).unwrap();
                }
                assert_eq!(buffer.into_bytes(), written);
            }
        }
    }
}
