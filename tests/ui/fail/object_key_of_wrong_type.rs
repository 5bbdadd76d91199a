use restate_core::Context;
use restate_ui::BasketClient;

fn client(ctx: Context<'_>) -> BasketClient<Context<'_>> {
    BasketClient::new(ctx, 7)
}

fn main() {}
