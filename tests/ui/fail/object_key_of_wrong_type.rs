// Instead: a key is a string: `"7"` or `number.to_string()`
use restate_core::Context;
use restate_ui::BasketClient;

fn client(ctx: Context<'_>) -> BasketClient<Context<'_>> {
    BasketClient::new(ctx, 7)
}

fn main() {}
