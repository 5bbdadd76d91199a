//! What a deployment answers: a head that says whether frames follow, then frames.

use bytes::Bytes;
use hyper::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use restate_core::wire::framing::FrameWalker;

use super::error::RemoteError;

/// How much is kept of the body of a response that has no frames, to be shown to people.
pub(super) const SHOWN: usize = 1 << 10;

/// Checks a response while it arrives.
#[derive(Debug)]
pub(super) struct ResponseCheck {
    content_type: String,
    frames: FrameWalker,
    /// What is known of a response that has no frames.
    refused: Option<(StatusCode, Vec<u8>)>,
}

impl ResponseCheck {
    /// For the response to a request with this content type, with messages of at most `limit` bytes.
    pub(super) fn new(content_type: String, limit: usize) -> Self {
        Self { content_type, frames: FrameWalker::new(limit), refused: None }
    }

    /// Checks the head.
    ///
    /// # Errors
    ///
    /// When the response is of another content type. One of another status goes on until its body says why.
    pub(super) fn head(
        &mut self,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<(), RemoteError> {
        if status != StatusCode::OK {
            self.refused = Some((status, Vec::new()));
            return Ok(());
        }
        let sent = headers.get(CONTENT_TYPE);
        let sent = sent.map(|sent| String::from_utf8_lossy(sent.as_bytes()).into_owned());
        let media_type = sent.as_deref().and_then(|sent| sent.split(';').next()).map(str::trim);
        if media_type != Some(&self.content_type) {
            let expected = self.content_type.clone();
            return Err(RemoteError::ContentType { sent, expected });
        }
        Ok(())
    }

    /// Checks a part of the body. Returns whether it is frames, for the engine.
    ///
    /// # Errors
    ///
    /// When it announces a message that is too long, or says enough of why there are no frames.
    pub(super) fn body(&mut self, chunk: &Bytes) -> Result<bool, RemoteError> {
        match &mut self.refused {
            Some((_, body)) => {
                body.extend_from_slice(&chunk[..chunk.len().min(SHOWN - body.len())]);
                if body.len() == SHOWN { Err(self.refusal()) } else { Ok(false) }
            }
            None => {
                self.frames.advance(chunk).map_err(RemoteError::Frames)?;
                Ok(true)
            }
        }
    }

    /// Why a response that ends here is not what it should be.
    pub(super) fn end(&mut self) -> RemoteError {
        if self.refused.is_some() {
            return self.refusal();
        }
        // Whether something is missing between two frames is for the machine to know.
        self.frames.check_end().map_or_else(RemoteError::Frames, |()| RemoteError::Ended)
    }

    fn refusal(&mut self) -> RemoteError {
        let (status, body) = self.refused.take().unwrap_or_default();
        RemoteError::Status { status, body: String::from_utf8_lossy(&body).trim().to_owned() }
    }

    /// Whether the response says why there are no frames.
    pub(super) fn is_refused(&self) -> bool {
        self.refused.is_some()
    }
}
