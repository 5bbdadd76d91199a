//! State of objects.

use super::*;

#[tokio::test]
async fn state_is_read_and_edited_while_no_handler_has_the_key() {
    let setup = start().await;
    let client = setup.engine.client();
    let _: i64 = counter(&client, "a/b", "add", 2_i64).await.unwrap();
    assert_eq!(setup.show("/services/Counter/state/a%2Fb").await["state"], json!({ "total": 2 }));
    let put = "PUT /services/Counter/state/a%2Fb/total";
    assert_eq!(request(setup.admin, put, &[], b"40").await.status, 200);
    let total: i64 = counter(&client, "a/b", "add", 2_i64).await.unwrap();
    assert_eq!(total, 42);
    let delete = "DELETE /services/Counter/state/a%2Fb/total";
    assert_eq!(request(setup.admin, delete, &[], b"").await.status, 200);
    assert_eq!(setup.show("/services/Counter/state/a%2Fb").await["state"], json!({}));

    let _sent = counter::<_, i64, i64>(&client, "a/b", "add_slowly", 1).one_way().await.unwrap();
    setup.world.until("adding 1").await;
    let refused = request(setup.admin, put, &[], b"1").await;
    assert_eq!(refused.status, 409, "{}", refused.text());
}

#[tokio::test]
async fn the_state_of_an_object_is_replaced_if_it_has_not_changed() {
    let setup = start().await;
    let path = "/services/Counter/state";
    let replace = async |body: Value| {
        let answer = post(setup.admin, path, &body.to_string()).await;
        (answer.status, answer.text().to_owned())
    };
    // The version of no state.
    let none = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    let body =
        json!({ "object_key": "k", "new_state": { "total": [52, 50], "a": [] }, "version": none });
    assert_eq!(replace(body.clone()).await.0, 202);
    let (status, refused) = replace(body).await;
    assert_eq!(status, 409);
    assert!(refused.contains("the state has changed"), "{refused}");
    let shown = setup.show("/services/Counter/state/k").await;
    assert_eq!(shown["state"], json!({ "total": 42, "a": "" }));
    assert_eq!(replace(json!({ "object_key": "k", "new_state": { "b": [49] } })).await.0, 202);
    assert_eq!(setup.show("/services/Counter/state/k").await["state"], json!({ "b": 1 }));
    for (body, reason) in [
        (json!({ "new_state": {} }), "`object_key` is missing"),
        (json!({ "object_key": "k" }), "`new_state` is not an object"),
        (json!({ "object_key": "k", "new_state": { "a": "text" } }), "no list of bytes"),
        (json!({ "object_key": "k", "new_state": {}, "color": 1 }), "`color` is not a field"),
        (json!({ "object_key": "k", "new_state": {}, "scope": "a/b" }), "is not a scope"),
    ] {
        let (status, answer) = replace(body).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer.contains(reason), "{answer}");
    }
}
