//! Private services, and services that are bound only later.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use restate_core::{
    Call, Context, HandlerResult, Json, Service, Settings, Target,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_embedded::{ClientError, Engine, EngineBuilder};
use support::{World, http::post, signup};
use tempfile::TempDir;

/// Calls services that may be private or not bound.
struct Caller;

impl Service for Caller {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service(
            "Caller",
            &[
                HandlerDescriptor::plain::<String, String>("ask"),
                HandlerDescriptor::plain::<String, Json<Vec<String>>>("sign_up_twice"),
            ],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        match handler {
            "ask" => incoming.handle(|ctx: Context<'a>, text: String| async move {
                HandlerResult::<String>::Ok(Call::new(&ctx, secret(), text).await?)
            }),
            _ => incoming.handle(|ctx: Context<'a>, name: String| async move {
                let mut ids = Vec::new();
                for _ in 0..2 {
                    let run = signup::<_, _, String>(&ctx, "k", "run", name.clone());
                    ids.push(run.one_way().await?.invocation_id().await?);
                }
                HandlerResult::Ok(Json(ids))
            }),
        }
    }
}

fn secret() -> Target {
    Target::service("Secret", "tell")
}

/// For other handlers only.
struct Secret(World);

impl Service for Secret {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service(
            "Secret",
            &[HandlerDescriptor::plain::<String, String>("tell")],
        )
        .settings(Settings::new().private(true));
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        let world = &self.0;
        incoming.handle(move |_: Context<'a>, text: String| async move {
            world.log(format!("told {text}"));
            HandlerResult::Ok(text)
        })
    }
}

fn engine(directory: &TempDir) -> EngineBuilder {
    Engine::builder().bind(Caller).data_dir(directory.path())
}

#[tokio::test]
async fn a_private_handler_is_called_by_others_and_refused_to_the_ingress() {
    let world = World::default();
    let engine = Engine::builder().bind(Caller).bind(Secret(world)).in_memory();
    let engine = engine.ingress("127.0.0.1:0").start().await.unwrap();
    let ingress = engine.ingress_addr().unwrap();
    for path in ["/Secret/tell", "/Secret/tell/send", "/restate/call/Secret/tell"] {
        let refused = post(ingress, path, "\"x\"").await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.text());
        assert!(refused.text().contains("`Secret/tell` is private"), "{}", refused.text());
    }
    assert_eq!(post(ingress, "/Caller/ask", "\"x\"").await.text(), "\"x\"");
}

#[tokio::test]
async fn a_call_to_a_service_that_is_bound_later_waits_and_runs_once() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let first = engine(&directory).start().await.unwrap();
    let ask = Call::<_, _, String>::new(
        &first.client(),
        Target::service("Caller", "ask"),
        "x".to_owned(),
    );
    let asked = ask.one_way().await.unwrap().invocation_id().clone();
    first.shutdown().await.unwrap();
    let second = engine(&directory).bind(Secret(world.clone())).start().await.unwrap();
    assert_eq!(second.client().invocation(&asked).attach::<String>().await.unwrap(), "x");
    assert_eq!(world.lines(), ["told x"]);
}

#[tokio::test]
async fn a_workflow_that_is_bound_later_runs_once_for_two_submissions() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let first = engine(&directory).start().await.unwrap();
    let Json(ids): Json<Vec<String>> =
        Call::new(&first.client(), Target::service("Caller", "sign_up_twice"), "Ann".to_owned())
            .await
            .unwrap();
    first.shutdown().await.unwrap();
    let (_, _, bound) = world.services();
    let second = engine(&directory).bind(bound).start().await.unwrap();
    let client = second.client();
    let () = signup(&client, "k", "confirm", "42".to_owned()).await.unwrap();
    let [run, refused] = [0, 1].map(|index| ids[index].as_str());
    assert_eq!(client.invocation(run).attach::<String>().await.unwrap(), "Ann confirmed 42");
    let Err(ClientError::Failed(error)) = client.invocation(refused).attach::<String>().await
    else {
        unreachable!("there is one run")
    };
    assert_eq!(error.code(), 409, "{error}");
    let again = signup::<_, _, String>(&client, "k", "run", "Eve".to_owned()).await;
    assert!(matches!(again, Err(ClientError::Failed(_))), "{again:?}");
    let runs = world.lines().into_iter().filter(|line| line.starts_with("running")).count();
    assert_eq!(runs, 1);
}
