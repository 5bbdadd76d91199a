fn main() -> Result<(), Box<dyn std::error::Error>> {
    restate_codegen::compile_protos(&["greeter.proto"], &["."])?;
    Ok(())
}
