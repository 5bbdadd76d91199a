//! The facade under another name, as after `durable = { package = "restate" }`.

extern crate restate as durable;

use durable::{Context, HandlerResult, embedded::ClientError, testing::TestEngine};

#[durable::service(crate = ::durable)]
trait Greeter {
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

struct Polite;

#[durable::handlers(crate = ::durable)]
impl Greeter for Polite {
    async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
        let _ = name.len();
        Ok(format!("Good day, {name}"))
    }
}

#[tokio::test]
async fn macros_name_the_crate_they_are_told() -> Result<(), ClientError> {
    let test = TestEngine::builder().bind(GreeterServer::new(Polite)).start().await;
    let greeter = GreeterClient::new(test.client());
    assert_eq!(greeter.greet("Pete".to_owned()).await?, "Good day, Pete");
    Ok(())
}
