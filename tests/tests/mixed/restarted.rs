//! The engine, the process with the shelf, or both die while the shelf waits.

use crate::{
    services::Records,
    shop::{Effects, Shop, Waits},
};

/// What dies.
#[derive(Clone, Copy)]
enum Dies {
    Engine,
    Shelf,
    Both,
}

async fn survives(waits: Waits, dies: Dies) {
    let mut shop = Shop::open(waits).await;
    let purchase = shop.buy(3).await;
    let held = shop.held().await;
    match dies {
        Dies::Engine => {
            shop.crash_engine();
            shop.start_engine().await;
        }
        Dies::Shelf => {
            shop.crash_shelf();
            shop.start_shelf();
        }
        // The engine starts while the shelf cannot be reached.
        Dies::Both => {
            shop.crash_shelf();
            shop.crash_engine();
            shop.start_engine().await;
            shop.start_shelf();
        }
    }
    shop.release(held).await;
    assert_eq!(shop.answer(&purchase).await, "3 from revision 1");
    let recorded = Records { count: 1, total: 3 };
    assert_eq!(shop.effects().await, Effects { charges: 1, recorded, taken: 3, sold: 3 });
    assert_eq!(shop.buy_and_wait(2).await, "5 from revision 1");
}

#[tokio::test]
async fn a_crash_of_the_engine_repeats_nothing() {
    survives(Waits::Open, Dies::Engine).await;
}

#[tokio::test]
async fn a_crash_of_the_engine_repeats_nothing_when_every_wait_suspends() {
    survives(Waits::Suspended, Dies::Engine).await;
}

#[tokio::test]
async fn a_crash_of_the_deployment_repeats_nothing() {
    survives(Waits::Open, Dies::Shelf).await;
}

#[tokio::test]
async fn a_crash_of_the_deployment_repeats_nothing_when_every_wait_suspends() {
    survives(Waits::Suspended, Dies::Shelf).await;
}

#[tokio::test]
async fn a_crash_of_both_repeats_nothing() {
    survives(Waits::Open, Dies::Both).await;
}

#[tokio::test]
async fn a_crash_of_both_repeats_nothing_when_every_wait_suspends() {
    survives(Waits::Suspended, Dies::Both).await;
}
