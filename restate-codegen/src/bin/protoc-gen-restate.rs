//! The plugin for `protoc --restate_out=..` and for `local: protoc-gen-restate` in `buf.gen.yaml`.

use std::io::{self, Read, Write};

fn main() -> io::Result<()> {
    let mut request = Vec::new();
    io::stdin().read_to_end(&mut request)?;
    io::stdout().write_all(&restate_codegen::plugin(&request))
}
