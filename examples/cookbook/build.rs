//! Generates the code of the contracts. A project of its own has only its own file here.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let contracts = ["approval/approval.proto", "moving/counter.proto", "saga/shop.proto"];
    restate_codegen::compile_protos(&contracts, &["."])?;
    Ok(())
}
