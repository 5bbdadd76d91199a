//! Three sequential steps with libraries that keep workflows in a database, behind the same HTTP
//! interface as the other peers.

mod library;

use std::{env, sync::Arc};

use axum::{
    Json, Router, extract::State, http::StatusCode, routing::post, serve, serve::ListenerExt,
};
use library::{Failed, Library};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

#[derive(Deserialize)]
struct GreetRequest {
    name: String,
}

#[derive(Serialize)]
struct GreetResponse {
    message: String,
}

/// Arguments: a port on loopback, and `durare` with a data directory or `dbos` with the URL of a
/// Postgres database.
#[tokio::main]
async fn main() -> Result<(), Failed> {
    let mut arguments = env::args().skip(1);
    let port: u16 = arguments.next().ok_or("name a port")?.parse()?;
    let library = arguments.next().ok_or("name a library")?;
    let place = arguments.next().ok_or("say where the data is")?;
    let library = match &*library {
        "durare" => Library::durare(place.as_ref()).await?,
        "dbos" => Library::dbos(&place).await?,
        other => return Err(format!("`{other}` is not a library here").into()),
    };
    let router = Router::new().route("/Steps/run", post(run)).with_state(Arc::new(library));
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("serving callers on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // Without it answers wait for more to send.
        let _ = stream.set_nodelay(true);
    });
    Ok(serve(listener, router).await?)
}

async fn run(
    State(library): State<Arc<Library>>,
    Json(request): Json<GreetRequest>,
) -> Result<Json<GreetResponse>, (StatusCode, String)> {
    match library.run(request.name).await {
        Ok(message) => Ok(Json(GreetResponse { message })),
        Err(error) => Err((StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}
