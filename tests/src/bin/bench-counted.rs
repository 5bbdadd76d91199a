//! Like `bench-services --engine endpoint`, on one thread and with a counting allocator: answers each
//! line of input with the number of allocations and of allocated bytes so far.

use std::{
    alloc::System,
    env,
    error::Error,
    io::{BufRead as _, stdin},
    net::Ipv4Addr,
    thread,
};

use restate_endpoint::Endpoint;
use restate_tests::{bench, program::serve};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).ok_or("name a port")?.parse()?;
    thread::spawn(answer_questions);
    let builder =
        bench::services().into_iter().fold(Endpoint::builder(), |it, service| it.bind(service));
    serve(builder, Ipv4Addr::LOCALHOST, port).await
}

fn answer_questions() {
    for _ in stdin().lock().lines() {
        let stats = ALLOCATOR.stats();
        println!("{} {}", stats.allocations + stats.reallocations, stats.bytes_allocated);
    }
}
