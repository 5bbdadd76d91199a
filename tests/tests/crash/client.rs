//! Clients: each makes one request after the other, until the test stops them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{sync::watch, time::timeout};

use crate::{
    book::{Book, Form, Request},
    connection::{Connection, Gone},
    random::Random,
};

/// The time limit of a start and of a response.
const PATIENCE: Duration = Duration::from_secs(60);

/// The addresses of the running process, if there is one, and whether clients have to stop.
#[derive(Clone, Copy, Default)]
pub struct News {
    pub ingress: Option<SocketAddr>,
    pub over: bool,
}

pub struct Client {
    number: u64,
    random: Random,
    book: Arc<Book>,
    news: watch::Receiver<News>,
    connection: Option<Connection>,
}

impl Client {
    pub fn new(number: u64, seed: u64, book: Arc<Book>, news: watch::Receiver<News>) -> Self {
        Self { number, random: Random::new(seed, number), book, news, connection: None }
    }

    pub async fn run(mut self) {
        for n in 0.. {
            if self.news.borrow().over {
                return;
            }
            let request = Request::random(self.number << 32 | n, &mut self.random);
            self.ask(request).await;
        }
    }

    /// Repeats the request until it is answered; only once if it has no idempotency key.
    async fn ask(&mut self, request: Request) {
        loop {
            match timeout(PATIENCE, self.attempt(&request)).await.expect("the engine answers") {
                Ok(answer) => return self.book.acknowledge(request, answer),
                Err(Gone) => {
                    self.connection = None;
                    self.next_process().await;
                    if request.form == Form::Once {
                        return self.book.leave();
                    }
                }
            }
        }
    }

    async fn attempt(&mut self, request: &Request) -> Result<Value, Gone> {
        if self.connection.is_none() {
            let ingress = self.news.borrow_and_update().ingress.ok_or(Gone)?;
            self.connection = Some(Connection::open(ingress).await?);
        }
        let connection = self.connection.as_mut().ok_or(Gone)?;
        ask(connection, request).await
    }

    /// Waits for a newer process than that of the last connection.
    async fn next_process(&mut self) {
        let changed = timeout(PATIENCE, self.news.changed()).await;
        changed.expect("another process starts").expect("the test is running");
    }
}

/// The engine's response to a request.
pub async fn ask(connection: &mut Connection, request: &Request) -> Result<Value, Gone> {
    let (path, key) = (request.path(), request.idempotency_key());
    let (status, mut body) = connection.post(&path, &key, request.body()).await?;
    if request.form == Form::Call {
        assert_eq!(status, 200, "{request:?} is answered with {body}");
        return Ok(body);
    }
    assert_eq!(status, 202, "{request:?} is answered with {body}");
    Ok(body["invocationId"].take())
}
