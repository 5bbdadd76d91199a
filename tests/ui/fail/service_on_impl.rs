struct Polite;

#[restate_core::service]
impl Polite {}

fn main() {}
