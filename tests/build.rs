//! Generates the contract between services written with different SDKs.

fn main() -> Result<(), restate_codegen::CodegenError> {
    restate_codegen::compile_protos(&["proto/peer/v1/peer.proto"], &["proto"])
}
