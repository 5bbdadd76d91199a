//! A deployment that does not behave.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use h2::server::SendResponse;
use http::{HeaderMap, Request, Response, StatusCode};
use restate_core::wire::{
    framing,
    protocol::{End, OutputCommand, OutputResult},
};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        watch,
    },
    task::JoinHandle,
};

/// What it does with an attempt.
#[derive(Clone, Debug)]
pub enum Conduct {
    /// It returns `"good"`.
    Good,
    /// It answers with this status.
    Status(StatusCode),
    /// It answers with this content type.
    ContentType(&'static str),
    /// It sends these bytes, and ends the response.
    Sends(Bytes),
    /// It sends these bytes, and resets the stream.
    SendsAndResets(Bytes),
    /// It closes the connection.
    Closes,
    /// It neither reads the request nor answers.
    Hangs,
    /// It sends these bytes, and those of [`good`] when it is told to conduct itself otherwise.
    Stalls(Bytes),
    /// It answers, and sends an endless run of frames.
    Floods(Bytes),
}

/// A server for the service `Rogue` with the handler `h`.
pub struct Rogue {
    pub address: SocketAddr,
    conduct: watch::Sender<Conduct>,
    task: JoinHandle<()>,
    /// The headers of attempts.
    pub attempts: UnboundedReceiver<HeaderMap>,
}

impl Rogue {
    pub async fn start(conduct: Conduct) -> Self {
        Self::speaking(5..=7, conduct).await
    }

    /// One that speaks these versions of the service protocol.
    pub async fn speaking(versions: std::ops::RangeInclusive<u32>, conduct: Conduct) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let manifest = json!({
            "protocolMode": "BIDI_STREAM",
            "minProtocolVersion": versions.start(),
            "maxProtocolVersion": versions.end(),
            "services": [{ "name": "Rogue", "ty": "SERVICE", "handlers": [{ "name": "h" }] }],
        });
        let manifest = Bytes::from(manifest.to_string());
        let (conduct, shared) = watch::channel(conduct);
        let (seen, attempts) = unbounded_channel();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (manifest, conduct) = (manifest.clone(), shared.clone());
                connections.spawn(serve(stream, manifest, conduct, seen.clone()));
            }
        });
        Self { address, conduct, task, attempts }
    }

    pub fn conducts(&self, conduct: Conduct) {
        self.conduct.send_replace(conduct);
    }
}

impl Drop for Rogue {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    stream: TcpStream,
    manifest: Bytes,
    conducts: watch::Receiver<Conduct>,
    seen: UnboundedSender<HeaderMap>,
) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    // Bodies that are dropped are reset, so those that hang are kept.
    let mut kept = Vec::new();
    while let Some(Ok((request, respond))) = connection.accept().await {
        if request.uri().path() == "/discover" {
            discover(respond, manifest.clone());
            continue;
        }
        // Most tests do not look.
        let _ = seen.send(request.headers().clone());
        let conduct = conducts.borrow().clone();
        match conduct {
            Conduct::Closes => return,
            Conduct::Hangs => kept.push((request, respond)),
            conduct => drop(tokio::spawn(attempt(request, respond, conduct, conducts.clone()))),
        }
    }
}

fn discover(mut respond: SendResponse<Bytes>, manifest: Bytes) {
    let mut body = respond.send_response(Response::new(()), false).unwrap();
    body.send_data(manifest, true).unwrap();
}

async fn attempt(
    request: Request<h2::RecvStream>,
    mut respond: SendResponse<Bytes>,
    conduct: Conduct,
    mut conducts: watch::Receiver<Conduct>,
) {
    let asked = request.headers()["content-type"].to_str().unwrap().to_owned();
    let mut response = Response::new(());
    let content_type = match &conduct {
        Conduct::ContentType(content_type) => content_type,
        _ => asked.as_str(),
    };
    response.headers_mut().insert("content-type", content_type.parse().unwrap());
    if let Conduct::Status(status) = conduct {
        *response.status_mut() = status;
    }
    let Ok(mut body) = respond.send_response(response, false) else { return };
    match conduct {
        Conduct::Good => drop(body.send_data(good(), true)),
        Conduct::Status(_) => drop(body.send_data(Bytes::from_static(b"sorry"), true)),
        Conduct::ContentType(_) => drop(body.send_data(Bytes::from_static(b"{}"), true)),
        Conduct::Sends(bytes) => drop(body.send_data(bytes, true)),
        Conduct::SendsAndResets(bytes) => {
            drop(body.send_data(bytes, false));
            body.send_reset(h2::Reason::INTERNAL_ERROR);
        }
        Conduct::Stalls(bytes) => {
            drop(body.send_data(bytes, false));
            if conducts.wait_for(|now| !matches!(now, Conduct::Stalls(_))).await.is_ok() {
                drop(body.send_data(good(), true));
            }
        }
        Conduct::Floods(frame) => {
            while body.send_data(frame.clone(), false).is_ok() {
                body.reserve_capacity(1);
                let capacity = std::future::poll_fn(|cx| body.poll_capacity(cx)).await;
                if !matches!(capacity, Some(Ok(_))) {
                    return;
                }
            }
        }
        Conduct::Closes | Conduct::Hangs => unreachable!("they get no response"),
    }
}

/// The output `"good"`, and the end of the attempt.
pub fn good() -> Bytes {
    let mut frames = BytesMut::new();
    let result = Some(OutputResult::Value(Bytes::from_static(b"\"good\"").into()));
    framing::encode(&OutputCommand { result, ..OutputCommand::default() }, &mut frames);
    framing::encode(&End::default(), &mut frames);
    frames.freeze()
}
