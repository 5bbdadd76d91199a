#[restate_core::service(nam = "greeter.v1.Greeter")]
pub trait Greeter {}

#[restate_core::object(name = 7, key = "1")]
pub trait Counter {}

fn main() {}
