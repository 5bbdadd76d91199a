//! Like `official`, on one thread and with a counting allocator: answers each line of input with the
//! number of allocations and of allocated bytes so far.

use std::{
    alloc::System,
    env,
    io::{BufRead, stdin},
    thread,
};

use restate_sdk::prelude::HttpServer;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tokio::net::TcpListener;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = env::args().nth(1).ok_or("name a port")?.parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("serving a Restate server on http://{}", listener.local_addr()?);
    thread::spawn(answer_questions);
    HttpServer::new(bench_official::endpoint()).serve(listener).await;
    Ok(())
}

fn answer_questions() {
    for _ in stdin().lock().lines() {
        let stats = ALLOCATOR.stats();
        println!("{} {}", stats.allocations + stats.reallocations, stats.bytes_allocated);
    }
}
