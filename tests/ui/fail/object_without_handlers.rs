#[restate_core::object]
pub trait Counter {}

fn main() {}
