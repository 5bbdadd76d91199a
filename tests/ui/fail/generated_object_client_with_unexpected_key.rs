// Instead: `CounterClient::new(ctx)`: the key is in each request
use restate_core::Context;
use restate_ui::CounterClient;

fn client(ctx: Context<'_>) -> CounterClient<Context<'_>> {
    CounterClient::new(ctx, "pete")
}

fn main() {}
