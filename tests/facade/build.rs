//! Generates the contract, as a user does: nothing says that its code has to name `restate`.

fn main() -> Result<(), restate_codegen::CodegenError> {
    restate_codegen::compile_protos(&["proto/order.proto"], &["proto"])
}
