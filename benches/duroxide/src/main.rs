//! Three sequential steps on duroxide with its SQLite provider, behind the same HTTP interface as the
//! other peers.

use std::{
    convert::Infallible,
    env,
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use duroxide::{
    ActivityContext, Client, OrchestrationContext, OrchestrationRegistry, OrchestrationStatus,
    providers::sqlite::SqliteProvider,
    runtime::{Runtime, RuntimeOptions, registry::ActivityRegistry},
};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// Longer than any call takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Deserialize, Serialize)]
struct GreetRequest {
    name: String,
}

#[derive(Deserialize, Serialize)]
struct GreetResponse {
    message: String,
}

/// Arguments: a port on loopback, a data directory, and optionally `eager`: poll every millisecond
/// with eight workers of each kind, instead of the defaults.
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let port: u16 = arguments.next().ok_or("name a port")?.parse()?;
    let directory = arguments.next().ok_or("name a directory")?;
    let eager = arguments.next().is_some_and(|argument| argument == "eager");

    let database = format!("sqlite:{directory}/duroxide.sqlite?mode=rwc");
    let store = Arc::new(SqliteProvider::new(&database, None).await?);
    let options = if eager {
        RuntimeOptions {
            dispatcher_min_poll_interval: Duration::from_millis(1),
            orchestration_concurrency: 8,
            worker_concurrency: 8,
            ..RuntimeOptions::default()
        }
    } else {
        RuntimeOptions::default()
    };
    let activities = ActivityRegistry::builder()
        .register("Number", |_: ActivityContext, step: String| async move { Ok(step) })
        .build();
    let orchestrations = OrchestrationRegistry::builder().register("Steps", steps).build();
    let runtime =
        Runtime::start_with_options(store.clone(), activities, orchestrations, options).await;

    let caller = Arc::new(Caller {
        client: Client::new(store),
        // Unique across restarts, because instances of earlier processes still exist.
        started: SystemTime::UNIX_EPOCH.elapsed()?.as_micros(),
        calls: AtomicU64::new(0),
    });
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("serving callers on http://{}", listener.local_addr()?);
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => break,
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                stream.set_nodelay(true)?;
                let caller = Arc::clone(&caller);
                let answer = service_fn(move |request| answer(Arc::clone(&caller), request));
                // An error closes the connection, which the load reports.
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        }
    }
    runtime.shutdown(None).await;
    Ok(())
}

async fn steps(ctx: OrchestrationContext, request: String) -> Result<String, String> {
    let GreetRequest { name } = serde_json::from_str(&request).map_err(|it| it.to_string())?;
    let mut total = 0;
    for step in 0..3_u64 {
        let done = ctx.schedule_activity("Number", step.to_string()).await?;
        total += done.parse::<u64>().map_err(|it| it.to_string())?;
    }
    let response = GreetResponse { message: format!("{name} {total}") };
    serde_json::to_string(&response).map_err(|it| it.to_string())
}

struct Caller {
    client: Client,
    started: u128,
    calls: AtomicU64,
}

async fn answer(
    caller: Arc<Caller>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(match caller.call(request).await {
        Ok(output) => Response::new(Full::from(output)),
        Err(error) => {
            let mut response = Response::new(Full::from(error.to_string()));
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    })
}

impl Caller {
    async fn call(
        &self,
        request: Request<Incoming>,
    ) -> Result<String, Box<dyn Error + Send + Sync>> {
        if request.uri().path() != "/Steps/run" {
            return Err("there is only /Steps/run here".into());
        }
        let body = request.into_body().collect().await?.to_bytes();
        let input = String::from_utf8(body.to_vec())?;
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let instance = format!("{}-{call}", self.started);
        self.client.start_orchestration(&instance, "Steps", input).await?;
        match self.client.wait_for_orchestration(&instance, PATIENCE).await? {
            OrchestrationStatus::Completed { output, .. } => Ok(output),
            other => Err(format!("{other:?}").into()),
        }
    }
}
