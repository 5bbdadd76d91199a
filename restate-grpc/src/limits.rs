//! What requests may take up.

use restate_core::{
    RpcCode,
    server::{Admission, HttpLimits},
};

use crate::status::RpcStatus;

/// What the messages of requests may take up.
#[derive(Clone, Debug)]
pub struct MessageLimits {
    /// The longest message, in bytes, before and after decompression.
    pub length: usize,
    /// The memory that messages share while they arrive, and the time that they may take.
    pub admission: Admission,
}

impl Default for MessageLimits {
    /// Messages of 10 MiB, and the default [`HttpLimits`].
    fn default() -> Self {
        Self { length: 10 << 20, admission: Admission::new(HttpLimits::new()) }
    }
}

/// The failure of a message over the limit.
pub(crate) fn too_large(limit: usize) -> RpcStatus {
    let text = format!("the request is longer than {limit} bytes, the limit of this server");
    RpcStatus::new(RpcCode::ResourceExhausted, text)
}
