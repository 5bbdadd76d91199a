#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<String> {
    match GreeterClient::new(ctx).greet(GreetRequest::default()).await {
        Ok(response) => Ok(response.greeting),
        Err(error) if error.code() == 404 => Ok("nobody".to_owned()),
        Err(error) => Err(error.into()),
    }
}

fn main() {}
