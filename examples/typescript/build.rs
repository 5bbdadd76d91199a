//! Generates the code of the contract.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    restate_codegen::compile_protos(&["shop.proto"], &["."])?;
    Ok(())
}
