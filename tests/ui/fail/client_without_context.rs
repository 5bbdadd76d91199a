use restate_core::HandlerResult;
use restate_ui::GreeterClient;

async fn handler() -> HandlerResult<()> {
    let client = GreeterClient::new(String::from("http://localhost:8080"));
    Ok(())
}

fn main() {}
