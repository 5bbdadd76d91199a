use restate::{Json, embedded::ClientError, testing::TestEngine};

use super::{
    AtOnce, CartClient, CartServer, CheckoutClient, CheckoutServer, InState, Item, Receipt,
};

#[tokio::test]
async fn a_cart_is_paid_and_empty_afterwards() -> Result<(), ClientError> {
    let test = TestEngine::builder();
    let test = test.bind(CartServer::new(InState)).bind(CheckoutServer::new(AtOnce)).start().await;
    let (cart, checkout) =
        (CartClient::new(test.client(), "ann"), CheckoutClient::new(test.client()));
    let item = |name: &str, cents| Item { name: name.to_owned(), cents };
    cart.add(Json(item("book", 900))).await?;
    assert_eq!(cart.add(Json(item("pen", 100))).await?, 2);
    assert_eq!(cart.items().await?.0.len(), 2);

    let Json(receipt) = checkout.pay("ann".to_owned()).await?;
    let items = vec![item("book", 900), item("pen", 100)];
    assert_eq!(receipt, Receipt { cents: 1000, items });

    let Err(ClientError::Failed(error)) = checkout.pay("ann".to_owned()).await else {
        panic!("nothing is left to pay")
    };
    assert_eq!(error.message(), "the cart is empty");
    Ok(())
}
