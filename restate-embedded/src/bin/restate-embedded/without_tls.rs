use std::{io, net::TcpStream, path::Path};

/// There is no such thing in this build.
pub(crate) enum Tls {}

impl Tls {
    pub(crate) fn new(_: Option<&Path>) -> Result<Self, String> {
        Err("this tool was built without TLS; build it with the features `cli` and `tls`, or name an \
             address with http:// on the engine's machine"
            .to_owned())
    }

    pub(crate) fn over(&self, _: TcpStream, _: &str) -> io::Result<TcpStream> {
        match *self {}
    }
}

pub(crate) fn is_about_certificate(_: &io::Error) -> bool {
    false
}
