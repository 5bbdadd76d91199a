//! A collector of spans that answers every request, and keeps nothing.

use std::{convert::Infallible, net::SocketAddr, sync::OnceLock, thread};

use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty};
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, runtime, task::LocalSet};

use crate::Failed;

/// The address of the collector, which the first call starts.
pub(crate) fn address() -> Result<SocketAddr, Failed> {
    static ADDRESS: OnceLock<SocketAddr> = OnceLock::new();
    if let Some(address) = ADDRESS.get() {
        return Ok(*address);
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    thread::Builder::new().name("collector".to_owned()).spawn(|| collect(listener))?;
    Ok(*ADDRESS.get_or_init(|| address))
}

fn collect(listener: std::net::TcpListener) -> std::io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::from_std(listener)?;
        loop {
            let (connection, _) = listener.accept().await?;
            let serve = http1::Builder::new()
                .serve_connection(TokioIo::new(connection), service_fn(discard));
            // A connection that breaks concerns its peer, which reports failed calls.
            tokio::task::spawn_local(async { serve.await.ok() });
        }
    })
}

async fn discard(request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    // What cannot be read is not kept either.
    let _ = request.into_body().collect().await;
    Ok(Response::new(Empty::new()))
}
