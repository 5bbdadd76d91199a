use std::{sync::Arc, time::Duration};

use loom::thread;

crate::copies!("/shared_queue.rs", "/shared_queue_flawed.rs");

/// Two threads add an item each, and a third is the owner of the worker.
macro_rules! explore {
    ($module:ident, $add:expr, $work:expr) => {
        crate::explore(|| {
            let queue = Arc::new($module::SharedQueue::<u32, Vec<u32>>::default());
            let producers = [1, 2].map(|item| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || $add(&*queue, item))
            });
            let mut taken = Vec::new();
            // Loom's clock stands still: a wake-up that is lost is a deadlock, which it reports.
            while taken.len() < 2 {
                taken = $work(&*queue, taken);
            }
            taken.sort_unstable();
            assert_eq!(taken, [1, 2]);
            producers.into_iter().for_each(|producer| producer.join().unwrap());
        })
    };
}

/// Adds an item, and works it off if the worker is parked.
macro_rules! add_and_borrow {
    ($module:ident) => {
        |queue: &$module::SharedQueue<u32, Vec<u32>>, item| {
            queue.post(item);
            if let Some((mut taken, items)) = queue.borrow(|_| true) {
                taken.extend(items);
                // The owner has to look whether it has seen enough.
                queue.give_back(taken, Duration::ZERO);
            }
        }
    };
}

macro_rules! park {
    ($module:ident) => {
        |queue: &$module::SharedQueue<u32, Vec<u32>>, taken| {
            let (mut taken, items) = queue.park(taken, Duration::MAX);
            taken.extend(items);
            taken
        }
    };
}

#[test]
fn each_item_is_taken_once_and_wakes_the_thread() {
    explore!(
        copy,
        |queue: &copy::SharedQueue<_, _>, item| queue.push(item),
        |queue: &copy::SharedQueue<_, Vec<u32>>, mut taken: Vec<u32>| {
            taken.extend(queue.take(Duration::MAX));
            taken
        }
    );
}

#[test]
fn each_item_reaches_the_worker_whoever_has_it() {
    explore!(copy, add_and_borrow!(copy), park!(copy));
}

#[test]
#[should_panic(expected = "deadlock")]
fn an_owner_that_hides_its_sleep_is_found() {
    explore!(flawed, add_and_borrow!(flawed), park!(flawed));
}
