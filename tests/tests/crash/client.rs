//! Clients: each asks for one thing after the other, until it is told to stop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{sync::watch, time::timeout};

use crate::{
    book::{Book, Form, Request},
    connection::{Connection, Gone},
    random::Random,
};

/// No start, and no answer, takes longer than this.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the process serves that is alive, if it does, and whether it is time to stop.
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

    /// Asks until there is an answer; only once, if the request cannot be told from another.
    async fn ask(&mut self, request: Request) {
        loop {
            match timeout(PATIENCE, self.attempt(&request)).await.expect("there is an answer") {
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

    /// Waits for another process than the one that the last connection was to.
    async fn next_process(&mut self) {
        let changed = timeout(PATIENCE, self.news.changed()).await;
        changed.expect("there is another process").expect("the test goes on");
    }
}

/// What the engine answers a request with.
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
