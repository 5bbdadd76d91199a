//! Generates the service from its contract.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    restate_codegen::compile_protos(&["proto/reports.proto"], &["proto"])?;
    Ok(())
}
