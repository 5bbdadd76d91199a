// Instead: the context as an argument of whoever needs it; it ends with its invocation
use std::sync::Mutex;
use restate_core::Context;

struct Polite(Mutex<Option<Context<'static>>>);
impl Polite {
    fn remember(&self, ctx: Context<'_>) {
        *self.0.lock().unwrap() = Some(ctx);
    }
}

fn main() {}
