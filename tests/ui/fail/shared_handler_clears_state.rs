use restate_core::SharedObjectContext;

fn forget(ctx: SharedObjectContext<'_>) {
    ctx.clear("count");
}

fn main() {}
