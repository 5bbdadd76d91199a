//! Generates the contract that the clients call.

fn main() -> Result<(), restate_codegen::CodegenError> {
    restate_codegen::compile_protos(
        &["proto/shop/v1/shop.proto", "proto/connectrpc/conformance/v1/service.proto"],
        &["proto"],
    )
}
