fn main() -> Result<(), Box<dyn std::error::Error>> {
    restate_codegen::compile_protos(&["proto/shop/v1/shop.proto"], &["proto"])?;
    Ok(())
}
