//! Generates the contract between services written with different SDKs, and that of messages of Google's.

fn main() -> Result<(), restate_codegen::CodegenError> {
    let contracts = ["proto/peer/v1/peer.proto", "proto/messages/v1/messages.proto"];
    restate_codegen::compile_protos(&contracts, &["proto"])
}
