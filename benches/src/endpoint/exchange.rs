use std::{net::SocketAddr, rc::Rc};

use bytes::{Bytes, BytesMut};
use http::{Request, header};
use http_body_util::{
    BodyExt,
    channel::{Channel, Sender},
};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use restate_core::wire::{
    framing::{Decoder, Frame},
    protocol::{
        CallCommand, MessageType, NotificationResult, ProposeRunCompletion,
        ProposeRunCompletionAck, Value,
    },
};
use tokio::{net::TcpStream, runtime, task};

use super::case::{Case, completion};
use crate::Failed;

/// The number of concurrent invocations on the connection.
const STREAMS: u32 = 16;

/// The server's side of the protocol, scripted.
pub(super) struct Exchange {
    address: SocketAddr,
}

impl Exchange {
    pub(super) fn with(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Runs a recorded invocation `repetitions` times.
    pub(super) fn run(&self, case: Case, repetitions: u32) -> Result<(), Failed> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        task::LocalSet::new().block_on(&runtime, self.invoke(case, repetitions))
    }

    async fn invoke(&self, case: Case, repetitions: u32) -> Result<(), Failed> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, driver) = http2::Builder::new(TokioExecutor::new())
            .initial_stream_window_size(1 << 20)
            .initial_connection_window_size(8 << 20)
            .handshake(TokioIo::new(stream))
            .await?;
        let driver = tokio::spawn(driver);
        let journal = Rc::new(case.journal());
        let streams: Vec<_> = (0..STREAMS)
            .map(|stream| {
                let share = (repetitions + stream) / STREAMS;
                let (mut sender, journal) = (sender.clone(), Rc::clone(&journal));
                task::spawn_local(async move {
                    for _ in 0..share {
                        invocation(&mut sender, case, &journal).await?;
                    }
                    Ok::<_, Failed>(())
                })
            })
            .collect();
        for stream in streams {
            stream.await.map_err(|_| Failed::new("a stream has panicked"))??;
        }
        driver.abort();
        Ok(())
    }
}

async fn invocation(
    sender: &mut SendRequest<Channel<Bytes>>,
    case: Case,
    journal: &Bytes,
) -> Result<(), Failed> {
    let (mut input, body) = Channel::new(16);
    let request = Request::post(format!("http://localhost{}", case.path()))
        .header(header::CONTENT_TYPE, "application/vnd.restate.invocation.v7")
        .body(body)?;
    send(&mut input, journal.clone()).await?;
    let mut response = sender.send_request(request).await?.into_body();
    let mut frames = Decoder::default();
    let mut input = Some(input);
    let mut ended = false;
    while let Some(chunk) = response.frame().await {
        let Ok(chunk) = chunk?.into_data() else { continue };
        frames.push(chunk);
        let mut answers = BytesMut::new();
        while let Some(frame) = frames.next_frame()? {
            match frame.ty() {
                MessageType::End => {
                    ended = true;
                    input = None;
                }
                MessageType::Error | MessageType::Suspension => {
                    return Err(Failed::new(format!("{}: {:?}", case.name(), frame.ty())));
                }
                _ => answer(&frame, &mut answers)?,
            }
        }
        if let Some(input) = input.as_mut().filter(|_| !answers.is_empty()) {
            send(input, answers.freeze()).await?;
        }
    }
    match ended {
        true => Ok(()),
        false => Err(Failed::new(format!("{}: the answer is incomplete", case.name()))),
    }
}

fn answer(frame: &Frame, answers: &mut BytesMut) -> Result<(), Failed> {
    match frame.ty() {
        MessageType::ProposeRunCompletion => {
            let run: ProposeRunCompletion = frame.decode()?;
            let ack = ProposeRunCompletionAck { completion_id: run.result_completion_id };
            answers.extend_from_slice(Frame::new(&ack).raw());
        }
        MessageType::CallCommand => {
            let call: CallCommand = frame.decode()?;
            let id = NotificationResult::InvocationId("inv_1bbbbbbbbbbbbbbbbb".to_owned());
            let started = MessageType::CallInvocationIdCompletion;
            answers.extend_from_slice(
                completion(started, call.invocation_id_notification_idx, id).raw(),
            );
            let content = Bytes::from_static(br#"{"message":"Greetings P"}"#);
            let value = NotificationResult::Value(Value { content });
            let response =
                completion(MessageType::CallCompletion, call.result_completion_id, value);
            answers.extend_from_slice(response.raw());
        }
        _ => {}
    }
    Ok(())
}

async fn send(input: &mut Sender<Bytes>, bytes: Bytes) -> Result<(), Failed> {
    let sent = input.send_data(bytes).await;
    sent.map_err(|_| Failed::new("the endpoint has dropped a request"))
}
