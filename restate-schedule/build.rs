//! Generates the services that keep schedules from their contract.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    restate_codegen::compile_protos(&["proto/schedules/v1/schedule.proto"], &["proto"])?;
    Ok(())
}
