// Instead: an impl with every handler of the contract
use restate_ui::Greeter;

struct Polite;
impl Greeter for Polite {}

fn main() {}
