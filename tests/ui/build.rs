//! Generates the contracts that cases use.

fn main() -> Result<(), restate_codegen::CodegenError> {
    restate_codegen::compile_protos(&["proto/contracts.proto"], &["proto"])
}
