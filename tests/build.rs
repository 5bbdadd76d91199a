//! Generates the contract between services written with different SDKs.

fn main() -> Result<(), restate_codegen::Error> {
    restate_codegen::compile_protos(&["proto/peer/v1/peer.proto"], &["proto"])
}
