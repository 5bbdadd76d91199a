//! Calls arrive in order, whatever their form.

use restate_core::Json;
use restate_tests::services::{ListObjectClient, ManyCallRequest, ProxyClient, ProxyRequest};

use crate::{
    polling::{once, unique},
    scenario::Setup,
};

pub async fn ordering(setup: Setup) {
    // The proxy awaits the last call, so that the list is complete when it returns.
    for one_way in [[true, false, false], [false, true, false], [true, true, false]] {
        let key = unique("list");
        let calls = one_way.iter().enumerate().map(|(at, one_way)| ManyCallRequest {
            proxy_request: ProxyRequest {
                service_name: "ListObject".to_owned(),
                virtual_object_key: Some(key.clone()),
                handler_name: "append".to_owned(),
                message: serde_json::to_vec(&at.to_string()).unwrap(),
                ..ProxyRequest::default()
            },
            one_way_call: *one_way,
            await_at_the_end: !one_way,
        });
        let proxy = ProxyClient::new(setup.client());
        proxy.many_calls(Json(calls.collect())).idempotency_key(once()).await.unwrap();

        let list = ListObjectClient::new(setup.client(), key);
        let Json(appended) = list.clear().idempotency_key(once()).await.unwrap();
        assert_eq!(appended, ["0", "1", "2"], "one-way: {one_way:?}");
    }
}
