use std::{fmt, fs, io, path::Path};

use bytes::{BufMut as _, Bytes, BytesMut};
use restate_core::engine::framing::{Decoder, Frame};

use crate::{store::StoredInvocation, target::Target};

/// First bytes of a file with a recording, with the version of what follows.
const MAGIC: &[u8; 8] = b"journal1";

/// The journal of one invocation, and which handler wrote it.
///
/// Saved once and kept beside the tests, it shows whether a changed handler can still finish what
/// the handler of today has begun.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    pub(super) target: Target,
    pub(super) entries: Vec<Bytes>,
}

impl Recording {
    pub(super) fn of(invocation: StoredInvocation, parts: Vec<Bytes>) -> Option<Self> {
        let entries = frames(parts).ok()?;
        (!entries.is_empty()).then_some(Self { target: invocation.target, entries })
    }

    /// Names of the entries, as `SleepCommand`, in order.
    pub fn entries(&self) -> Vec<String> {
        self.frames().iter().map(|frame| frame.ty().to_string()).collect()
    }

    /// Writes the recording to a file.
    ///
    /// # Errors
    ///
    /// When that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let Target { service, handler, key, .. } = &self.target;
        let mut bytes = BytesMut::from(&MAGIC[..]);
        for text in [&**service, &**handler, &**key] {
            let length = u32::try_from(text.len()).map_err(io::Error::other)?;
            bytes.put_u32(length);
            bytes.put_slice(text.as_bytes());
        }
        self.entries.iter().for_each(|entry| bytes.put_slice(entry));
        fs::write(path, bytes)
    }

    /// Reads a recording from a file.
    ///
    /// # Errors
    ///
    /// When there is none, or the file holds something else.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, RecordingError> {
        let bytes = Bytes::from(fs::read(path).map_err(RecordingError::Io)?);
        read(bytes).ok_or(RecordingError::Malformed)
    }

    pub(super) fn frames(&self) -> Vec<Frame> {
        let mut decoder = Decoder::new(usize::MAX);
        self.entries.iter().for_each(|entry| decoder.push(entry.clone()));
        std::iter::from_fn(|| decoder.next_frame().ok().flatten()).collect()
    }
}

fn read(mut bytes: Bytes) -> Option<Recording> {
    if !bytes.starts_with(MAGIC) {
        return None;
    }
    let _magic = bytes.split_to(MAGIC.len());
    let mut text = || {
        let length = bytes.split_to_checked(4)?;
        let length = u32::from_be_bytes(length[..].try_into().ok()?) as usize;
        let text = bytes.split_to_checked(length)?;
        String::from_utf8(text.to_vec()).ok()
    };
    let target = Target::new(text()?, text()?, text()?);
    let entries = frames(vec![bytes]).ok()?;
    Some(Recording { target, entries })
}

/// Checked splitting, which `Bytes` does not have.
trait SplitToChecked: Sized {
    fn split_to_checked(&mut self, at: usize) -> Option<Self>;
}

impl SplitToChecked for Bytes {
    fn split_to_checked(&mut self, at: usize) -> Option<Self> {
        (at <= self.len()).then(|| self.split_to(at))
    }
}

fn frames(parts: Vec<Bytes>) -> Result<Vec<Bytes>, restate_core::engine::framing::FrameError> {
    let mut decoder = Decoder::new(usize::MAX);
    parts.into_iter().for_each(|part| decoder.push(part));
    let mut frames = Vec::new();
    while let Some(frame) = decoder.next_frame()? {
        frames.push(frame.raw().clone());
    }
    Ok(frames)
}

/// Why a file holds no recording.
#[derive(Debug)]
pub enum RecordingError {
    /// It cannot be read.
    Io(io::Error),
    /// It was not written by [`Recording::save`], or not by this version.
    Malformed,
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(source) => write!(f, "the recording cannot be read: {source}"),
            Self::Malformed => f.write_str(
                "the file holds no recording of this version; record the invocation again",
            ),
        }
    }
}

impl std::error::Error for RecordingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(source) => Some(source),
            Self::Malformed => None,
        }
    }
}
