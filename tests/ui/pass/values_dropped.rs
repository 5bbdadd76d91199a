#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::{sync::Mutex, time::Duration};

use restate_core::{Context, HandlerResult, handlers};
use restate_ui::{GreetRequest, GreeterClient};

struct Polite {
    names: Mutex<Vec<String>>,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>, request: GreetRequest) -> HandlerResult<()> {
        let client = GreeterClient::new(ctx);
        // Recorded, and a failure to send fails the attempt.
        let _ = client.greet(request.clone()).one_way();
        let _ = client.greet(request.clone()).delayed(Duration::from_secs(5));
        // Recorded; the response is not needed.
        let _ = client.greet(request.clone()).call();
        let _ = client.greet(request.clone()).await;
        let _ = ctx.run(|| async { Ok(7) }).await;
        // Not calls: a check must not move or borrow these values for longer.
        let _ = self.names.lock().unwrap().pop();
        let _ = String::from("borrowed").as_str().trim();
        let _ = "7".parse::<u32>();
        let _ = request;
        let _ = request.name.len().checked_add(1);
        Ok(())
    }
}
