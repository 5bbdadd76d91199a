//! The plugin that `protoc` and `buf generate` run for `--restate_out` and `local: protoc-gen-restate`.

use std::io::{self, Read, Write};

fn main() -> io::Result<()> {
    let mut request = Vec::new();
    io::stdin().read_to_end(&mut request)?;
    io::stdout().write_all(&restate_codegen::plugin(&request))
}
