struct Polite;

#[restate_core::handlers(strict)]
impl Polite {}

fn main() {}
