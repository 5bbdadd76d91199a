//! A page for browsers that calls the greeter over Connect, without any library.

use std::io;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const PAGE: &str = include_str!("../page.html");

/// Serves the page to browsers. It calls the engine whose ingress has this URL, which must allow the page's
/// origin: `EngineBuilder::cors`.
///
/// # Errors
///
/// When no connection can be accepted.
#[allow(clippy::disallowed_methods, reason = "the rules are for handlers")]
pub async fn serve_page(listener: TcpListener, engine: &str) -> io::Result<()> {
    let page = PAGE.replace("{engine}", engine);
    loop {
        let (stream, _) = listener.accept().await?;
        let page = page.clone();
        // A browser that is gone needs no page.
        tokio::spawn(async move { drop(answer(stream, &page).await) });
    }
}

/// Answers one request, whatever it asks for.
async fn answer(mut stream: TcpStream, page: &str) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let length = page.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), page.as_bytes()].concat()).await
}
