use std::{sync::Arc, time::Duration};

use loom::thread;

crate::copies!("/waking_queue.rs", "/waking_queue_flawed.rs");

macro_rules! explore {
    ($module:ident) => {
        crate::explore(|| {
            let queue = Arc::new($module::WakingQueue::default());
            let producers = [1, 2].map(|item| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || queue.push(item))
            });
            // Loom's clock stands still: a wake-up that is lost is a deadlock, which it reports.
            let mut taken = Vec::new();
            while taken.len() < 2 {
                taken.extend(queue.take(Duration::MAX));
            }
            taken.sort_unstable();
            assert_eq!(taken, [1, 2]);
            producers.into_iter().for_each(|producer| producer.join().unwrap());
        })
    };
}

#[test]
fn each_item_is_taken_once_and_wakes_the_thread() {
    explore!(copy);
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_thread_that_hides_its_sleep_is_found() {
    explore!(flawed);
}
