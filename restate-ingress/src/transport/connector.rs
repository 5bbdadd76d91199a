//! Opens connections within a time limit.

use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use hyper::Uri;
use tower_service::Service;

use super::Transport;

/// Opens connections within a time limit, which includes the TLS handshake.
#[derive(Clone)]
pub(crate) struct Connector {
    pub(crate) transport: Transport,
    pub(crate) limit: Duration,
}

impl Service<Uri> for Connector {
    type Response = <Transport as Service<Uri>>::Response;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.transport.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connecting, limit) = (self.transport.call(uri), self.limit);
        Box::pin(async move {
            let connected = tokio::time::timeout(limit, connecting).await;
            let stream = connected.map_err(|_| ConnectTimeout { limit })??;
            Ok(stream)
        })
    }
}

/// Nothing accepted the connection in time.
#[derive(Debug)]
struct ConnectTimeout {
    limit: Duration,
}

impl fmt::Display for ConnectTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no connection within {:?}", self.limit)
    }
}

impl Error for ConnectTimeout {}
