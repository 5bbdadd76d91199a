use std::{collections::VecDeque, future::poll_fn, sync::Arc, task::Waker};

use bytes::Bytes;
use loom::{future::block_on, thread};

crate::copies!("/pipe.rs", "/pipe_flawed.rs");

macro_rules! explore {
    ($module:ident) => {
        crate::explore(|| {
            let pipe = Arc::new($module::Pipe::new(None));
            let engine = Arc::clone(&pipe);
            let engine = thread::spawn(move || {
                let reader = engine.push(Bytes::from_static(b"b"));
                reader.into_iter().for_each(Waker::wake);
                let reader = engine.fill(VecDeque::from([Bytes::from_static(b"a")]));
                reader.into_iter().chain(engine.close()).for_each(Waker::wake);
            });
            let received = block_on(async {
                let mut received = Vec::new();
                while let Some(chunk) = poll_fn(|cx| pipe.poll_next(cx)).await {
                    received.push(chunk);
                }
                received
            });
            assert_eq!(received, ["a", "b"]);
            engine.join().unwrap();
        })
    };
}

#[test]
fn an_attempt_receives_everything_in_order_and_then_the_end() {
    explore!(copy);
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_chunk_that_does_not_wake_the_attempt_is_found() {
    explore!(flawed);
}
