//! What people write by hand: `Greeter/greet` as an axum handler that stores a row in a database and
//! answers once the row is committed. Nothing repeats a request that a crash interrupts.

mod database;

use std::{env, path::Path, sync::Arc};

use axum::{
    Json, Router, extract::State, http::StatusCode, routing::post, serve, serve::ListenerExt,
};
use database::{Database, Failed};
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

/// Arguments: a port on loopback, `rusqlite`, `sqlx` or `postgres`, and where the data is: a directory
/// or the URL of a Postgres database.
#[tokio::main]
async fn main() -> Result<(), Failed> {
    let mut arguments = env::args().skip(1);
    let port: u16 = arguments.next().ok_or("name a port")?.parse()?;
    let kind = arguments.next().ok_or("name a kind of database")?;
    let place = arguments.next().ok_or("say where the data is")?;
    let file = Path::new(&place).join("greetings.sqlite");
    let database = match &*kind {
        "rusqlite" => Database::rusqlite(&file)?,
        "sqlx" => Database::sqlx(&file).await?,
        "postgres" => Database::postgres(&place).await?,
        other => return Err(format!("`{other}` is not a kind of database").into()),
    };
    let router = Router::new().route("/Greeter/greet", post(greet)).with_state(Arc::new(database));
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("serving callers on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // Without it answers wait for more to send.
        let _ = stream.set_nodelay(true);
    });
    Ok(serve(listener, router).await?)
}

async fn greet(
    State(database): State<Arc<Database>>,
    Json(request): Json<GreetRequest>,
) -> Result<Json<GreetResponse>, (StatusCode, String)> {
    let message = format!("Greetings {}", request.name);
    match database.insert(&request.name, &message).await {
        Ok(()) => Ok(Json(GreetResponse { message })),
        Err(error) => Err((StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}
