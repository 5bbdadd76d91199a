use std::{
    future::poll_fn,
    sync::Arc,
    task::{Poll, Waker},
};

use loom::{
    future::block_on,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

crate::copies!("/stream_waker.rs", "/stream_waker_flawed.rs");

macro_rules! explore {
    ($module:ident) => {
        crate::explore(|| {
            let queue = Arc::new($module::WakeQueue::default());
            let stream = Arc::new($module::StreamWaker::new(7, Arc::clone(&queue)));
            let written = Arc::new(AtomicUsize::new(0));
            let threads = [(); 2].map(|()| {
                let (waker, written) = (Waker::from(Arc::clone(&stream)), Arc::clone(&written));
                thread::spawn(move || {
                    written.fetch_add(1, Ordering::Relaxed);
                    waker.wake();
                })
            });
            // The stream has ended when a poll has seen what both threads have written.
            block_on(poll_fn(|cx| {
                while let Some(slot) = queue.pop(cx.waker()) {
                    assert_eq!(slot, 7);
                    stream.acknowledge();
                    if written.load(Ordering::Relaxed) == 2 {
                        return Poll::Ready(());
                    }
                }
                Poll::Pending
            }));
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        })
    };
}

#[test]
fn a_poll_follows_each_wake_up_of_a_stream() {
    explore!(copy);
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_wake_up_that_is_not_acknowledged_is_found() {
    explore!(flawed);
}
