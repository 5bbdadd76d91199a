//! The first listing of the repository's README compiles, and does what it says.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test that panics has failed, and that is what it is for"
)]

use std::time::Duration;

use restate::{Context, HandlerResult, testing::TestEngine};
use restate_examples::{
    CountInState,
    contract::{
        counter::{AddRequest, CounterClient, CounterServer, ReadRequest},
        greeter::{
            GreetRequest, GreetResponse, Greeter, GreeterClient, GreeterServer, WelcomeRequest,
            WelcomeResponse,
        },
    },
};

struct GreetByName;

impl Greeter for GreetByName {
    async fn greet(&self, _: Context<'_>, request: GreetRequest) -> HandlerResult<GreetResponse> {
        Ok(GreetResponse { message: format!("Hello {}", request.name) })
    }

    async fn welcome(
        &self,
        ctx: Context<'_>,
        WelcomeRequest { name, .. }: WelcomeRequest,
    ) -> HandlerResult<WelcomeResponse> {
        let greeter = GreeterClient::new(ctx);
        let counter = CounterClient::new(ctx);

        // Request-response: the response is recorded, and replayed after a crash.
        let greeting = greeter.greet(GreetRequest { name: name.clone() }).await?;

        // One-way: sent, without waiting for a response.
        counter.add(AddRequest { name: name.clone(), delta: 1 }).one_way().await?;

        // Delayed: one-way, executed later, even if this process has ended by then.
        let later = greeter.greet(GreetRequest { name }).delayed(Duration::from_secs(5)).await?;
        let again = later.invocation_id().await?.into();

        Ok(WelcomeResponse { message: greeting.message, again })
    }
}

#[test]
fn the_readme_prints_these_handlers() {
    let readme = include_str!("../../../README.md");
    let (_, listing) = readme.split_once("\n```rust\n").unwrap();
    let (listing, _) = listing.split_once("```").unwrap();
    assert!(include_str!("main.rs").contains(listing), "{listing}");
}

#[tokio::test]
async fn a_welcome_greets_counts_and_greets_again() {
    let greeter = GreeterServer::new(GreetByName);
    let test =
        TestEngine::builder().bind(greeter).bind(CounterServer::new(CountInState)).start().await;
    let request = WelcomeRequest { name: "Pete".to_owned(), ..WelcomeRequest::default() };
    let response = GreeterClient::new(test.client()).welcome(request).await.unwrap();
    assert_eq!(response.message, "Hello Pete");

    let again = test.client().invocation(&*response.again);
    let again: GreetResponse = again.attach().await.unwrap();
    assert_eq!(again.message, "Hello Pete");
    assert_eq!(test.elapsed(), Duration::from_secs(5));

    let counter = CounterClient::new(test.client());
    let count = counter.read(ReadRequest { name: "Pete".to_owned() }).await.unwrap();
    assert_eq!(count.value, 1);
}
