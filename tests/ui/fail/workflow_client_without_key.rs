// Instead: `SignupClient::new(ctx, "pete")`: a workflow runs once for each key
use restate_core::Context;
use restate_ui::SignupClient;

fn client(ctx: Context<'_>) -> SignupClient<Context<'_>> {
    SignupClient::new(ctx)
}

fn main() {}
