use restate_core::Context;
use restate_ui::GreeterClient;

fn client(ctx: Context<'_>) -> GreeterClient<Context<'_>> {
    GreeterClient::new(ctx, "pete")
}

fn main() {}
