//! The ingress client with a real server.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use restate_core::{
    Context, HandlerResult, ObjectContext, Target, TerminalError, WorkflowContext,
    well_known::StringValue,
};
use restate_endpoint::Endpoint;
use restate_ingress::{Acceptance, IngressClient};
use restate_tests::server::RestateServer;

use crate::deployment::Deployment;

#[restate_core::service(name = "test.Caller")]
trait Caller {
    async fn shout(&self, ctx: Context<'_>, text: StringValue) -> HandlerResult<StringValue>;
    async fn refuse(&self, ctx: Context<'_>) -> HandlerResult<()>;
    async fn wait(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

struct Callee;

impl Caller for Callee {
    async fn shout(&self, _: Context<'_>, text: StringValue) -> HandlerResult<StringValue> {
        Ok(StringValue { value: text.value.to_uppercase() })
    }

    async fn refuse(&self, _: Context<'_>) -> HandlerResult<()> {
        Err(TerminalError::with_code(418, "no").with_metadata("a", "b").into())
    }

    async fn wait(&self, ctx: Context<'_>) -> HandlerResult<()> {
        Ok(ctx.sleep(Duration::from_secs(3600)).await?)
    }
}

#[restate_core::object(name = "test.Named")]
trait Named {
    async fn key(&self, ctx: ObjectContext<'_>) -> HandlerResult<String>;
    async fn count(&self, ctx: ObjectContext<'_>) -> HandlerResult<u32>;
    async fn echo(&self, ctx: ObjectContext<'_>, text: StringValue) -> HandlerResult<StringValue>;
}

#[derive(Default)]
struct Counted(AtomicU32);

impl Named for Counted {
    async fn key(&self, ctx: ObjectContext<'_>) -> HandlerResult<String> {
        Ok(ctx.key().to_owned())
    }

    async fn count(&self, _: ObjectContext<'_>) -> HandlerResult<u32> {
        Ok(self.0.fetch_add(1, Ordering::SeqCst) + 1)
    }

    async fn echo(&self, _: ObjectContext<'_>, text: StringValue) -> HandlerResult<StringValue> {
        Ok(text)
    }
}

#[restate_core::workflow(name = "test.Once")]
trait Once {
    async fn run(&self, ctx: WorkflowContext<'_>, text: StringValue) -> HandlerResult<StringValue>;
}

struct Runs;

impl Once for Runs {
    async fn run(&self, _: WorkflowContext<'_>, text: StringValue) -> HandlerResult<StringValue> {
        Ok(text)
    }
}

#[tokio::test]
async fn ingress_calls_are_typed() {
    let services = Endpoint::builder()
        .bind(CallerServer::new(Callee))
        .bind(NamedServer::new(Counted::default()))
        .bind(OnceServer::new(Runs));
    let deployment = Deployment::start(RestateServer::start().await, services).await;
    let ingress = IngressClient::builder(format!("http://{}", deployment.server.ingress()))
        .admin(format!("http://{}", deployment.server.admin()))
        .build()
        .unwrap();
    let caller = CallerClient::new(&ingress);

    let shouted = caller.shout(StringValue { value: "é".into() }).await.unwrap();
    assert_eq!(shouted.value, "É");

    let empty = StringValue::default();
    assert_eq!(caller.shout(empty.clone()).await.unwrap(), empty);
    let sent = caller.shout(empty.clone()).one_way().await.unwrap();
    assert_eq!(sent.attach::<StringValue>().await.unwrap(), empty);
    let object = NamedClient::new(&ingress, "k");
    assert_eq!(object.echo(empty.clone()).await.unwrap(), empty);
    let sent = object.echo(empty.clone()).delayed(Duration::from_millis(1)).await.unwrap();
    assert_eq!(sent.attach::<StringValue>().await.unwrap(), empty);
    let workflow = ingress.workflow_runs();
    assert_eq!(OnceClient::new(&workflow, "k").run(empty.clone()).await.unwrap(), empty);

    let refused = caller.refuse().await.unwrap_err();
    let expected = TerminalError::with_code(418, "no").with_metadata("a", "b");
    assert_eq!(refused.terminal(), Some(&expected));

    for key in ["a/b", "%2F", "a?b#c d", ".", "..", "+", "żółw", "send"] {
        assert_eq!(NamedClient::new(&ingress, key).key().await.unwrap(), key);
    }

    let named = NamedClient::new(&ingress, "k");
    let sent = || named.count().idempotency_key("order:7").one_way();
    let (first, again) = (sent().await.unwrap(), sent().await.unwrap());
    assert_eq!(first.acceptance(), Some(Acceptance::Accepted));
    assert_eq!(again.acceptance(), Some(Acceptance::PreviouslyAccepted));
    assert_eq!(again.attach::<u32>().await.unwrap(), 1);
    let counted = ingress.idempotent(Target::object("test.Named", "k", "count"), "order:7");
    assert_eq!(counted.output::<u32>().await.unwrap(), Some(1));
    let delayed = named.count().delayed(Duration::from_millis(1)).await.unwrap();
    assert_eq!(delayed.attach::<u32>().await.unwrap(), 2);

    let waiting = caller.wait().one_way().await.unwrap();
    assert_eq!(waiting.output::<()>().await.unwrap(), None);
    waiting.cancel().await.unwrap();
    let cancelled = waiting.attach::<()>().await.unwrap_err();
    assert_eq!(cancelled.terminal().unwrap().code(), 409);

    drop(ingress);
    deployment.stop().await;
}
