use std::{future::poll_fn, io, pin::pin, task::Poll, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use super::{Admission, Connection};

/// Pause after the operating system has failed to accept a connection, which it does again at once
/// while too many files are open.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// How many connections over the limit are answered at a time; others are closed at once.
const REFUSED_AT_A_TIME: usize = 64;

/// How long a client may take to read that its connection is refused.
const REFUSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Serves the connections of `listener` until `stop` resolves. Those that are open then may take
/// `close_timeout` to end.
///
/// `refuses` tells whether a connection over the limit is answered with plain HTTP, which a client
/// that speaks TLS cannot read.
pub async fn accept<F, Served>(
    listener: TcpListener,
    admission: &Admission,
    stop: impl Future,
    close_timeout: Duration,
    refuses: bool,
    serve: F,
) where
    F: Fn(TcpStream, Connection) -> Served,
    Served: Future<Output = ()> + Send + 'static,
{
    let (closing, closed) = watch::channel(false);
    let (mut running, mut refused) = (JoinSet::new(), JoinSet::new());
    let mut stop = pin!(stop);
    loop {
        let accepted = poll_fn(|cx| {
            if stop.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            // Frees what the sets keep of connections that have ended.
            while let Poll::Ready(Some(_)) = running.poll_join_next(cx) {}
            while let Poll::Ready(Some(_)) = refused.poll_join_next(cx) {}
            listener.poll_accept(cx).map(Some)
        });
        let stream = match accepted.await {
            None => break,
            Some(Ok((stream, _))) => stream,
            Some(Err(error)) => {
                wait_after(&error).await;
                continue;
            }
        };
        if let Some(admitted) = admission.connection() {
            if let Err(error) = stream.set_nodelay(true) {
                debug!("TCP_NODELAY cannot be set, which delays small responses: {error}");
            }
            let connection = Connection::new(admission.clone(), closed.clone(), admitted);
            running.spawn(serve(stream, connection));
        } else if refuses && refused.len() < REFUSED_AT_A_TIME {
            refused.spawn(refuse(stream, admission.limits().connections));
        }
    }
    drop(listener);
    closing.send_replace(true);
    let closed = async { while running.join_next().await.is_some() {} };
    if timeout(close_timeout, closed).await.is_err() {
        warn!("connections that were still open after {close_timeout:?} were closed");
    }
}

/// Waits before the next connection is accepted, if accepting one failed.
///
/// A client that closed its connection early is no reason to wait. Other errors, such as too many
/// open files, do not go away by accepting again at once; that would only use up a processor.
async fn wait_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        warn!("cannot accept a connection: {error}");
        sleep(ACCEPT_BACKOFF).await;
    }
}

/// Answers a connection that is one too many.
async fn refuse(mut stream: TcpStream, limit: usize) {
    let message = format!("the server has {limit} open connections, its limit; try again later");
    let response = format!(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n\
         content-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\r\n{message}",
        message.len()
    );
    let answer = async {
        stream.write_all(response.as_bytes()).await?;
        stream.shutdown().await?;
        // A connection that is closed with unread bytes is reset, and the response is lost with it.
        let mut unread = [0; 1024];
        while stream.read(&mut unread).await? > 0 {}
        io::Result::Ok(())
    };
    // The client is gone, or takes too long: nothing is left to tell it.
    let _ = timeout(REFUSE_TIMEOUT, answer).await;
}
