//! Takes a picture of each view of the page: `screenshots DIRECTORY`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a program that cannot go on must say so")]

use restate_page_tests::{browser::browse, engine, fill};

#[tokio::main]
async fn main() {
    let to = std::env::args().nth(1).unwrap_or_else(|| panic!("usage: screenshots DIRECTORY"));
    let directory = tempfile::tempdir().unwrap();
    let engine = engine().data_dir(directory.path()).start().await.unwrap();
    fill(&engine.client()).await;
    let taken = browse("screenshots", engine.admin_addr().unwrap(), Some(&to)).await;
    println!("{taken:#}");
    engine.shutdown().await.unwrap();
}
