//! State of objects.

use restate_core::Json;
use restate_tests::services::{
    CounterClient, CounterUpdateResponse, Entry, MapObjectClient, ProxyClient,
};

use crate::{
    polling::{eventually, once, unique},
    scenario::Setup,
    service_to_service::add_through_proxy,
};

pub async fn add(setup: Setup) {
    let counter = CounterClient::new(setup.client(), unique("counter"));
    let Json(first) = counter.add(1).idempotency_key(once()).await.unwrap();
    assert_eq!(first, CounterUpdateResponse { old_value: 0, new_value: 1 });
    let Json(second) = counter.add(2).idempotency_key(once()).await.unwrap();
    assert_eq!(second, CounterUpdateResponse { old_value: 1, new_value: 3 });
}

pub async fn proxy_one_way_add(setup: Setup) {
    let key = unique("counter");
    let proxy = ProxyClient::new(setup.client());
    for _ in 0..3 {
        let request = Json(add_through_proxy(&key));
        proxy.one_way_call(request).idempotency_key(once()).await.unwrap();
    }
    let counter = CounterClient::new(setup.client(), key);
    eventually("three additions are there", async || {
        (counter.get().await.unwrap() == 3).then_some(())
    })
    .await;
}

pub async fn list_state_and_clear_all(setup: Setup) {
    let map = MapObjectClient::new(setup.client(), unique("map"));
    let other = MapObjectClient::new(setup.client(), unique("map"));
    for (map, at) in [(&map, 0), (&map, 1), (&other, 2)] {
        let entry = Entry { key: format!("my-key-{at}"), value: format!("my-value-{at}") };
        map.set(Json(entry)).idempotency_key(once()).await.unwrap();
    }

    let Json(mut cleared) = map.clear_all().idempotency_key(once()).await.unwrap();
    cleared.sort_by(|one, other| one.key.cmp(&other.key));
    let keys: Vec<_> = cleared.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["my-key-0", "my-key-1"]);

    for key in keys {
        assert_eq!(map.get(key.to_owned()).idempotency_key(once()).await.unwrap(), "");
    }
    let untouched = other.get("my-key-2".to_owned()).idempotency_key(once()).await.unwrap();
    assert_eq!(untouched, "my-value-2");
}
