use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    thread::{self, JoinHandle},
    time::Duration,
};

use restate::{embedded::ClientError, testing::TestEngine};

use super::{PaymentsClient, PaymentsServer, WithBank};

/// A bank that gives these answers, one for each request, and no answer for an empty one. Returns its URL, and
/// in the end the idempotency keys of the requests.
fn bank(answers: &'static [&'static str]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let serve = move || answers.iter().map(|answer| respond(&listener, answer)).collect();
    (url, thread::spawn(serve))
}

fn respond(listener: &TcpListener, answer: &str) -> String {
    let (mut stream, _) = listener.accept().expect("a client");
    let mut request = BufReader::new(stream.try_clone().expect("one more handle"));
    let (mut key, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        request.read_line(&mut line).expect("a line");
        match line.trim().to_lowercase().split_once(": ") {
            Some(("idempotency-key", value)) => key = value.to_owned(),
            Some(("content-length", value)) => length = value.parse().expect("a number"),
            Some(_) => {}
            None if line.trim().is_empty() => break,
            None => {}
        }
    }
    request.read_exact(&mut vec![0; length]).expect("the body");
    if !answer.is_empty() {
        let (head, body) = answer.split_once('|').unwrap_or((answer, ""));
        let length = body.len();
        let head = format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {length}");
        write!(stream, "{head}\r\n\r\n{body}").expect("the client reads it");
    }
    key
}

async fn pay(url: String) -> (Result<String, ClientError>, Duration) {
    let payments = PaymentsServer::new(WithBank { url });
    let test = TestEngine::builder().bind(payments).start().await;
    let outcome = PaymentsClient::new(test.client()).pay(900).await;
    (outcome, test.elapsed())
}

#[tokio::test]
async fn a_payment_survives_failures_and_has_one_key() {
    let answers = &["500 Oops", "", "503 Busy\r\nretry-after: 60", "200 OK|receipt-7"];
    let (url, bank) = bank(answers);
    let (outcome, elapsed) = pay(url).await;
    assert_eq!(outcome.expect("the last answer is good"), "receipt-7");
    assert!(elapsed >= Duration::from_secs(60), "the bank asked to wait, and we did {elapsed:?}");
    let keys = bank.join().expect("it has answered");
    assert_eq!(keys.len(), 4);
    assert!(!keys[0].is_empty() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[tokio::test]
async fn a_request_that_is_wrong_is_not_repeated() {
    let (url, bank) = bank(&["400 Bad Request"]);
    let Err(ClientError::Failed(error)) = pay(url).await.0 else { panic!("it is wrong") };
    assert_eq!((error.code(), error.message()), (422, "refused with 400"));
    bank.join().expect("it was asked once");
}
