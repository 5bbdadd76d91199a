use restate_core::SharedObjectContext;

fn read(ctx: SharedObjectContext<'_>) {
    ctx.set("count", 7);
}

fn main() {}
