//! Lists of invocations.

use super::*;

#[tokio::test]
async fn invocations_are_listed_by_their_properties() {
    let setup = start().await;
    let id = setup.gated("x").await;
    let client = setup.engine.client();
    let _: i64 = counter(&client, "k", "add", 1_i64).idempotency_key("once").await.unwrap();
    let later = call::<_, _, String>(&client, "echo", "late".to_owned());
    later.delayed(Duration::from_secs(3600)).await.unwrap();
    for (filter, targets) in [
        ("", &["Worker/echo", "Counter/k/add", "Worker/gated"][..]),
        ("?service=Worker", &["Worker/echo", "Worker/gated"]),
        ("?service=Worker&handler=gated", &["Worker/gated"]),
        ("?key=k", &["Counter/k/add"]),
        ("?status=running", &["Worker/gated"]),
        ("?status=scheduled", &["Worker/echo"]),
        ("?status=succeeded", &["Counter/k/add"]),
        ("?status=paused", &[]),
        ("?older_than=1h", &[]),
        ("?newer_than=1h", &["Worker/echo", "Counter/k/add", "Worker/gated"]),
        ("?newer_than=0s", &[]),
        ("?order=oldest", &["Worker/gated", "Counter/k/add", "Worker/echo"]),
        ("?text=ONCE", &["Counter/k/add"]),
        ("?text=worker%2Fg", &["Worker/gated"]),
        // In requests: of one that runs, and of one that is scheduled.
        ("?text=X&handler=gated", &["Worker/gated"]),
        ("?text=LATE", &["Worker/echo"]),
        ("?text=nowhere", &[]),
        ("?text=%25", &[]),
        (&format!("?text={}", &id.to_string()[20..]), &["Worker/gated"]),
        (&format!("?id={id}"), &["Worker/gated"]),
        ("?limit=1", &["Worker/echo"]),
    ] {
        let list = setup.show(&format!("/invocations{filter}")).await;
        let rows = list["invocations"].as_array().unwrap();
        let found: Vec<&Value> = rows.iter().map(|row| &row["target"]).collect();
        assert_eq!(json!(found), json!(targets), "{filter}");
    }
    assert_eq!(setup.status(&id).await, "running");
}

#[tokio::test]
async fn invocations_are_listed_page_by_page() {
    let setup = start().await;
    let client = setup.engine.client();
    for n in 0..4 {
        // Of each two, one completes and one keeps running.
        let key = format!("echo {n}");
        let echo = call::<_, _, String>(&client, "echo", key.clone()).idempotency_key(key);
        echo.await.unwrap();
        setup.gated(&n.to_string()).await;
    }
    let all = setup.show("/invocations").await["invocations"].as_array().unwrap().clone();
    let numbers: Vec<_> = all.iter().map(|row| row["created_at"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|newer, older| newer >= older), "{numbers:?}");
    let (mut paged, mut before) = (Vec::new(), String::new());
    loop {
        let page = setup.show(&format!("/invocations?limit=3{before}")).await;
        let rows = page["invocations"].as_array().unwrap();
        let Some(last) = rows.last() else { break };
        before = format!("&before={}", last["id"].as_str().unwrap());
        paged.extend(rows.iter().cloned());
    }
    assert_eq!((paged.len(), &paged), (8, &all));
    for wrong in ["before=nope", "after=nope", "order=size", "scan=0", "id=a,b"] {
        let refused = get(setup.admin, &format!("/invocations?{wrong}")).await;
        assert_eq!(refused.status, 400, "{wrong}: {}", refused.text());
    }
}

#[tokio::test]
async fn a_search_ends_after_some_invocations_and_says_where_it_goes_on() {
    let setup = start().await;
    let client = setup.engine.client();
    for n in 0..10 {
        let key = format!("key {n}");
        let echo = call::<_, _, String>(&client, "echo", format!("say {n}"));
        echo.idempotency_key(key).await.unwrap();
    }
    for (order, cursor, text, pages) in [
        // The result, the last of all in this order.
        ("newest", "before", "SAY%200", 4),
        ("oldest", "after", "key%209", 4),
        ("newest", "before", "say", 5),
    ] {
        let (mut found, mut place, mut count) = (0, String::new(), 0);
        loop {
            let query = format!("scan=3&limit=2&order={order}&text={text}{place}");
            let page = setup.show(&format!("/invocations?{query}")).await;
            found += page["invocations"].as_array().unwrap().len();
            count += 1;
            let Some(next) = page["next"].as_str() else { break };
            place = format!("&{cursor}={next}");
        }
        let expected = if text == "say" { 10 } else { 1 };
        assert_eq!((found, count), (expected, pages), "{order} {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invocation_that_ends_while_it_is_listed_is_listed_as_ended() {
    let setup = start().await;
    let client = setup.engine.client();
    let sending = tokio::spawn(async move {
        for number in 0..300 {
            let sent = call::<_, _, String>(&client, "steps", number.to_string());
            sent.one_way().await.unwrap().attach::<String>().await.unwrap();
        }
    });
    while !sending.is_finished() {
        let listed = setup.show("/invocations?limit=10").await;
        for row in listed["invocations"].as_array().unwrap() {
            assert_ne!(row["status"], "ready", "{row}");
            if row["status"] == "running" {
                let id = row["id"].as_str().unwrap();
                let described = setup.show(&format!("/invocations/{id}")).await;
                assert_ne!(described["status"], "ready", "{described}");
            }
        }
    }
    sending.await.unwrap();
}

#[tokio::test]
async fn calls_without_an_idempotency_key_are_retained_if_the_engine_is_told_to() {
    for retains in [false, true] {
        let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
        let engine = world.engine().data_dir(directory.path()).admin("127.0.0.1:0");
        let engine = engine.retain_calls(retains).start().await.unwrap();
        let admin = engine.admin_addr().unwrap();
        let relayed: String = call(&engine.client(), "relay", "x".to_owned()).await.unwrap();
        assert_eq!(relayed, "relayed x");
        call::<_, _, String>(&engine.client(), "fail", "y".to_owned()).await.unwrap_err();
        let listed = get(admin, "/invocations").await.json();
        let listed = listed["invocations"].as_array().unwrap();
        let mut ended: Vec<_> = listed
            .iter()
            .map(|row| (row["target"].as_str().unwrap(), row["status"].as_str().unwrap()))
            .collect();
        ended.sort_unstable();
        if !retains {
            assert_eq!(ended, []);
            continue;
        }
        let all = [
            ("Worker/echo", "succeeded"),
            ("Worker/fail", "failed"),
            ("Worker/relay", "succeeded"),
        ];
        assert_eq!(ended, all);
        let failed = listed.iter().find(|row| row["status"] == "failed").unwrap();
        let id = failed["id"].as_str().unwrap();
        let journal = get(admin, &format!("/invocations/{id}/journal")).await.json();
        assert_eq!(journal["entries"][0]["value"], "y", "{journal}");
        engine.shutdown().await.unwrap();
    }
}
