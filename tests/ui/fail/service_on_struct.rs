#[restate_core::service]
pub struct Greeter;

fn main() {}
