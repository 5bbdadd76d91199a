// Instead: `BasketClient::new(ctx, "pete")`: a client is for one key
use restate_core::Context;
use restate_ui::BasketClient;

fn client(ctx: Context<'_>) -> BasketClient<Context<'_>> {
    BasketClient::new(ctx)
}

fn main() {}
