#[restate_core::service]
pub trait Greeter {
    const LANGUAGE: &'static str;
    type Greeting;
}

fn main() {}
