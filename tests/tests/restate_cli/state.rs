//! `restate state`.

use serde_json::json;

use crate::setup::{Platform, has, nothing};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn state_is_shown_edited_and_cleared() {
    let platform = Platform::start().await;
    for (key, value) in [("a", 1), ("b", 2)] {
        let answer = platform.call(&format!("/cli.v1.Counter/{key}/add"), &json!(value)).await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }
    let shown = platform.prints(&["state", "get", "cli.v1.Counter", "a", "--plain"]);
    assert_eq!(shown.trim(), r#"{"count":1}"#);
    let bytes = platform.prints(&["state", "get", "cli.v1.Counter", "a", "--plain", "--binary"]);
    assert_eq!(bytes.trim(), r#"{"count":"MQ=="}"#);

    let edit = "#!/bin/sh\nprintf '{\"count\": 40, \"note\": \"edited\"}' > \"$1\"\n";
    let edited = platform.cli.run_with_editor(&["state", "edit", "cli.v1.Counter", "a"], edit);
    assert!(edited.success, "{}", edited.text);
    has(&edited.text, &["Successfully submitted"]);
    let answer = platform.call("/cli.v1.Counter/a/get", &nothing()).await;
    assert_eq!(answer.text(), "40");
    let shown = platform.prints(&["state", "get", "cli.v1.Counter", "a"]);
    has(&shown, &["note", "edited"]);

    has(&platform.prints(&["state", "clear", "cli.v1.Counter/a"]), &["cli.v1.Counter/a", "count"]);
    assert_eq!(platform.prints(&["state", "get", "cli.v1.Counter", "a", "--plain"]).trim(), "{}");
    let answer = platform.call("/cli.v1.Counter/b/get", &nothing()).await;
    assert_eq!(answer.text(), "2");
    has(&platform.prints(&["state", "clear", "cli.v1.Counter", "--force"]), &["cli.v1.Counter/b"]);
    has(&platform.refuses(&["state", "clear", "cli.v1.Counter"]), &["No state found"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_is_refused_if_the_state_has_changed_or_may_change() {
    let platform = Platform::start().await;
    platform.call("/cli.v1.Counter/a/add", &json!(1)).await;
    let signs = tempfile::TempDir::new().unwrap();
    let (open, go) = (signs.path().join("open"), signs.path().join("go"));
    let edit = format!(
        "#!/bin/sh\ntouch {}\nwhile [ ! -e {} ]; do sleep 0.05; done\n\
         printf '{{\"count\": 40}}' > \"$1\"\n",
        open.display(),
        go.display()
    );
    let edited = std::thread::scope(|scope| {
        let editing = scope.spawn(|| {
            platform.cli.run_with_editor(&["state", "edit", "cli.v1.Counter", "a"], &edit)
        });
        while !open.exists() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let one = json!(1);
        let add = platform.call("/cli.v1.Counter/a/add", &one);
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(add));
        std::fs::write(&go, "").unwrap();
        editing.join().unwrap()
    });
    assert!(!edited.success, "{}", edited.text);
    has(&edited.text, &["409"]);
    assert_eq!(platform.call("/cli.v1.Counter/a/get", &nothing()).await.text(), "2");

    let holding = platform.send("/cli.v1.Counter/a/hold", &nothing()).await;
    platform.until(&holding, "running").await;
    has(&platform.refuses(&["state", "clear", "cli.v1.Counter/a", "--force"]), &["409"]);
    has(&platform.refuses(&["state", "get", "cli.v1.Greeter", "a"]), &["Only virtual objects"]);
}
