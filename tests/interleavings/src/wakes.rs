use std::{
    sync::Arc,
    task::{Context, Wake, Waker},
};

use loom::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

crate::copies!("/wakes.rs", "/wakes_flawed.rs");

/// The task of the attempt: whether it is scheduled.
struct Task(AtomicBool);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

macro_rules! explore {
    ($module:ident) => {
        crate::explore(|| {
            let wakes = Arc::new($module::Wakes::default());
            let ready = Arc::new(AtomicBool::new(false));
            let (waker, completes) = (Waker::from(Arc::clone(&wakes)), Arc::clone(&ready));
            let completes = thread::spawn(move || {
                completes.store(true, Ordering::Release);
                waker.wake();
            });
            let task = Arc::new(Task(AtomicBool::new(false)));
            let waker = Waker::from(Arc::clone(&task));
            // Polls the handler until nothing has woken it; true if it has ended.
            let poll = |cx: &mut Context<'_>| {
                wakes.enter(cx.waker());
                loop {
                    while wakes.take() {
                        if ready.load(Ordering::Acquire) {
                            return true;
                        }
                    }
                    if wakes.leave() {
                        return false;
                    }
                    wakes.enter(cx.waker());
                }
            };
            let mut cx = Context::from_waker(&waker);
            let has_ended = poll(&mut cx);
            completes.join().unwrap();
            if !has_ended {
                assert!(task.0.load(Ordering::Acquire), "the task sleeps for good");
                assert!(poll(&mut cx), "the wake-up is lost");
            }
        })
    };
}

#[test]
fn a_handler_is_polled_after_each_wake_up() {
    explore!(copy);
}

#[test]
#[should_panic(expected = "sleeps for good")]
fn an_attempt_that_sleeps_without_a_look_back_is_found() {
    explore!(flawed);
}
