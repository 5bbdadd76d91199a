//! Generates the examples' services from their contracts.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    restate_codegen::compile_protos(
        &["proto/greeter/v1/greeter.proto", "proto/counter/v1/counter.proto"],
        &["proto"],
    )?;
    Ok(())
}
