//! The purchase is ended from outside while the shelf waits.

use restate_embedded::ClientError;

use crate::{
    services::Records,
    shop::{Effects, Shop, Waits},
};

/// The shelf undoes what it has done, and the key is free.
async fn cancelled(waits: Waits) {
    let mut shop = Shop::open(waits).await;
    let purchase = shop.buy(3).await;
    shop.held().await;
    purchase.cancel().await.unwrap();
    ends_with(purchase.attach::<String>().await, 409);
    let recorded = Records { count: 2, total: 0 };
    // The purchase does not wait for the shelf.
    shop.settles(&Effects { charges: 1, recorded, taken: 0, sold: 0 }).await;

    assert_eq!(shop.buy_and_wait(2).await, "2 from revision 1");
    let recorded = Records { count: 3, total: 2 };
    assert_eq!(shop.effects().await, Effects { charges: 2, recorded, taken: 2, sold: 2 });
}

/// Nothing is undone, nothing more happens, and the key is free.
async fn killed(waits: Waits) {
    let mut shop = Shop::open(waits).await;
    let purchase = shop.buy(3).await;
    let held = shop.held().await;
    purchase.kill().await.unwrap();
    ends_with(purchase.attach::<String>().await, 409);
    shop.release(held).await;
    let recorded = Records { count: 1, total: 3 };
    assert_eq!(shop.effects().await, Effects { charges: 1, recorded, taken: 3, sold: 0 });

    assert_eq!(shop.buy_and_wait(2).await, "5 from revision 1");
    let recorded = Records { count: 2, total: 5 };
    assert_eq!(shop.effects().await, Effects { charges: 2, recorded, taken: 5, sold: 2 });
}

fn ends_with(result: Result<String, ClientError>, code: u16) {
    match result.unwrap_err() {
        ClientError::Failed(error) => assert_eq!(error.code(), code, "{error}"),
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_cancelled_purchase_is_undone_in_both_languages() {
    cancelled(Waits::Open).await;
}

#[tokio::test]
async fn a_cancelled_purchase_is_undone_in_both_languages_when_every_wait_suspends() {
    cancelled(Waits::Suspended).await;
}

#[tokio::test]
async fn a_killed_purchase_leaves_what_it_has_done_and_its_keys_are_free() {
    killed(Waits::Open).await;
}

#[tokio::test]
async fn a_killed_purchase_leaves_what_it_has_done_and_its_keys_are_free_when_every_wait_suspends()
{
    killed(Waits::Suspended).await;
}
