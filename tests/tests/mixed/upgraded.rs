//! A new revision of the shelf is registered while the old one waits.

use crate::{
    services::Records,
    shop::{Effects, Shop, Waits},
};

/// The purchase ends where it began, and the next one is made on the new revision.
async fn upgraded(waits: Waits) {
    let mut shop = Shop::open(waits).await;
    let purchase = shop.buy(3).await;
    let held = shop.held().await;
    let _new = shop.upgrade().await;
    assert_eq!(shop.first_deployment().await["status"], "draining");
    shop.crash_engine();
    shop.start_engine().await;
    shop.release(held).await;
    assert_eq!(shop.answer(&purchase).await, "3 from revision 1");
    let recorded = Records { count: 1, total: 3 };
    assert_eq!(shop.effects().await, Effects { charges: 1, recorded, taken: 3, sold: 3 });
    assert_eq!(shop.first_deployment().await["status"], "drained");

    // Nobody needs the old one any more.
    shop.crash_shelf();
    assert_eq!(shop.buy_and_wait(2).await, "5 from revision 2");
    let recorded = Records { count: 2, total: 5 };
    assert_eq!(shop.effects().await, Effects { charges: 2, recorded, taken: 5, sold: 5 });
}

#[tokio::test]
async fn a_purchase_ends_on_the_revision_it_began_on() {
    upgraded(Waits::Open).await;
}

#[tokio::test]
async fn a_purchase_ends_on_the_revision_it_began_on_when_every_wait_suspends() {
    upgraded(Waits::Suspended).await;
}
