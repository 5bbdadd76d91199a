//! What callers of an ingress need of an rpc of a contract.

use restate_core::{RpcCode, Target};

use crate::{
    contracts::method::{Method, STREAMS},
    status::RpcStatus,
};

impl Method {
    /// Whether clients may call it.
    ///
    /// # Errors
    ///
    /// Code `UNIMPLEMENTED` if it streams, `PERMISSION_DENIED` if only handlers may call it.
    pub(crate) fn admit(&self) -> Result<(), RpcStatus> {
        let name = &self.name;
        if self.streams {
            let text = format!("`{name}` {STREAMS}");
            return Err(RpcStatus::new(RpcCode::Unimplemented, text));
        }
        if self.is_private {
            let text = format!("`{name}` is private; only handlers can call it");
            return Err(RpcStatus::new(RpcCode::PermissionDenied, text));
        }
        Ok(())
    }

    /// Whether the handler sees a header with this name. As on the embedded engine, it does not see those
    /// with secrets unless its contract asks for them: an engine stores what it sees.
    pub(crate) fn sees(&self, header: &str) -> bool {
        !SECRET.contains(&header) || self.keep_headers.iter().any(|kept| kept == header)
    }

    pub(crate) fn target(&self, key: Option<String>) -> Target {
        let (service, handler) = (self.service.clone(), self.handler.clone());
        match key {
            Some(key) => Target::object(service, key, handler),
            None => Target::service(service, handler),
        }
    }
}

/// Headers that hold secrets.
const SECRET: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];
