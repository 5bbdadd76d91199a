// Instead: `GreeterClient::new(ctx)`: a plain service has no keys
use restate_core::Context;
use restate_ui::GreeterClient;

fn client(ctx: Context<'_>) -> GreeterClient<Context<'_>> {
    GreeterClient::new(ctx, "pete")
}

fn main() {}
