use restate_ui::Greeter;

struct Polite;
impl Greeter for Polite {}

fn main() {}
