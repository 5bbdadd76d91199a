//! `restate rules`.

use crate::setup::{Platform, has};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_are_set_listed_and_deleted() {
    let platform = Platform::start().await;
    has(&platform.prints(&["rules", "list"]), &["No rules defined"]);
    let set = ["rules", "set", "orders/*", "--concurrency", "5", "--description", "not too many"];
    has(&platform.prints(&set), &["Created rule 'orders/*' (version v1)"]);
    let listed = platform.prints(&["rules", "list", "--extra"]);
    has(&listed, &["orders/*", "5", "not too many", "no"]);
    let set = ["rules", "set", "orders/*", "--concurrency", "6"];
    has(&platform.prints(&set), &["Updated rule 'orders/*'"]);
    has(&platform.prints(&["rules", "disable", "orders/*"]), &["disabled"]);
    has(&platform.prints(&["rules", "list"]), &["orders/*", "6", "yes"]);
    has(&platform.prints(&["rules", "enable", "orders/*"]), &["enabled"]);
    has(&platform.prints(&["rules", "set", "orders/*", "--unlimited"]), &["Updated"]);
    has(&platform.prints(&["rules", "list"]), &["unlimited"]);
    has(&platform.prints(&["rules", "delete", "orders/*"]), &["Deleted rule 'orders/*'"]);
    has(&platform.prints(&["rules", "list"]), &["No rules defined"]);
}
