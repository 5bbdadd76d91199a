use std::{error::Error, io, path::Path};

use tokio::net::TcpStream;

/// There is no such thing in this build.
pub(crate) enum Tls {}

impl Tls {
    pub(crate) fn new(_: Option<&Path>) -> Result<Self, String> {
        Err("this tool was built without TLS; build it with the features `cli` and `tls`, or name an \
             address with http:// on the engine's machine"
            .to_owned())
    }

    #[expect(clippy::unused_async, reason = "with TLS, it is")]
    pub(crate) async fn over(&self, _: TcpStream, _: &str) -> io::Result<TcpStream> {
        match *self {}
    }
}

pub(crate) fn is_about_certificate(_: &(dyn Error + 'static)) -> bool {
    false
}
