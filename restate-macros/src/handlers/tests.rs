//! Difficult bodies: legal ones that look like mistakes, and mistakes in unusual forms.

use super::lint::lint;

#[test]
fn legal_bodies_are_accepted() {
    for body in LEGAL {
        assert_eq!(messages(body), [""; 0], "{body}");
    }
}

#[test]
fn mistakes_are_found_in_every_form() {
    for (body, what) in MISTAKES {
        let messages = messages(body);
        assert!(
            matches!(&messages[..], [message] if message.contains(what)),
            "{body}\n{messages:?}"
        );
    }
}

/// The messages about the body of an object's handler.
fn messages(body: &str) -> Vec<String> {
    let handler = format!(
        "async fn handler(&self, ctx: ObjectContext<'_>, map: HashMap<String, u32>) \
         -> HandlerResult<()> {{ {body} }}"
    );
    let handler = syn::parse_str(&handler).unwrap_or_else(|error| panic!("{body}: {error}"));
    lint(&handler, true).iter().map(ToString::to_string).collect()
}

const LEGAL: &[&str] = &[
    // Names of one's own, which hide those of others.
    "fn spawn(job: u32) {} spawn(7);",
    "mod rand { pub fn random() -> u32 { 4 } } let die = rand::random();",
    "mod tokio { pub fn spawn() {} } tokio::spawn();",
    "struct Instant; impl Instant { fn now() -> u8 { 7 } } Instant::now();",
    "enum SystemTime { Fixed } impl SystemTime { fn now() -> Self { Self::Fixed } } SystemTime::now();",
    "Clock::now(); struct Clock;",
    "use crate::clock::SystemTime; SystemTime::now();",
    "use crate::clock as time; time::Instant::now();",
    "use self::fakes::{Uuid, thread_rng}; Uuid::new_v4(); thread_rng();",
    "type Instant = crate::Tick; Instant::now();",
    "crate::rand::random::<u32>(); self::tokio::spawn(7); super::env::var(\"A\");",
    "<Self as Clock>::now(); Self::now(); T::now();",
    // Methods of one's own.
    "self.started.elapsed(); self.pool.spawn(7); self.rng.random::<u32>(); self.clock.now();",
    "self.pool.sleep(7).await; self.http.run(async { 7 }).await;",
    "let now = self.clock.now().await?; now.elapsed();",
    // Maps that are looked up, or put in order first.
    "let price = map.get(\"tea\"); if map.contains_key(\"a\") { ctx.set(\"a\", map[\"a\"]); }",
    "for (name, price) in map.into_iter().collect::<BTreeMap<_, _>>() { ctx.set(&name, price); }",
    "for name in map.keys().sorted() { ctx.set(name, 7); }",
    "for (name, price) in map.iter().sorted_by_key(|it| it.1) { ctx.set(name, price); }",
    "let mut names: Vec<_> = map.keys().collect(); names.sort(); for name in names { ctx.clear(name); }",
    "for price in map.values() { self.total.add(price); }",
    "ctx.set(\"sum\", map.values().sum::<u32>());",
    "for map in [BTreeMap::new()] { for (k, v) in map { ctx.set(k, v); } }",
    "match self.prices() { map => { for (k, v) in map { ctx.set(k, v); } } }",
    // Inside `run`.
    "ctx.run(|| async { let now = || SystemTime::now(); Ok(now()) }).await?;",
    "ctx.run(|| async { tokio::join!(async { Instant::now() }, tokio::time::sleep(d)); Ok(()) }).await?;",
    "ctx.run(async || { select! { a = x => a, b = y => b }; Ok(()) }).name(\"race\").await?;",
    "ctx.run(|| async { for ctx in list { ctx.get(\"a\"); } Ok(()) }).await?;",
    "ctx.run(|| async { if let Some(ctx) = self.found() { ctx.set(\"a\", 7); } Ok(()) }).await?;",
    "ctx.run(|| async { match x { Some(ctx) if ctx.get(\"a\") => 1, _ => 2 }; Ok(()) }).await?;",
    "ctx.run(|| async { let Call { ctx, .. } = self.call(); ctx.sleep(7); Ok(()) }).await?;",
    "let work = || async { Ok(Uuid::new_v4()) }; ctx.run(work).await?;",
    // Inside `transaction`.
    "ctx.transaction(&self.pool, async move |tx| { rename(tx, Uuid::new_v4()).await }).await?;",
    "let work = async move |tx| Ok(Instant::now()); ctx.transaction(&pool, work).await?;",
    "let pool = self.pool.clone(); ctx.transaction(&pool, async move |pool| Ok(write(pool).await?)).await?;",
    "let id = self.pool.id(); ctx.transaction(&self.pool, async move |tx| Ok(id)).await?; self.pool.close();",
    "self.database.transaction(&self.pool, |tx| self.pool.size()).await?;",
    // Only printed or logged.
    "println!(\"{:?}\", SystemTime::now()); tracing::info!(at = ?Instant::now(), \"here\");",
    "dbg!(Instant::now());",
    // Not called.
    "fn stamp() -> Instant { Instant::now() } let work = stamp;",
    "let text = \"SystemTime::now()\"; let ty: Option<std::time::Instant> = None;",
    "tokio::select! { biased; a = x => a, b = y => b };",
    "join!(ctx.sleep(a), ctx.sleep(b)); select_biased! { a = x => a };",
];

const MISTAKES: &[(&str, &str)] = &[
    // Other names.
    ("use std::time::SystemTime as T; T::now();", "reads a clock"),
    ("use std::time::{self, Instant as Start}; if true { Start::now(); }", "reads a clock"),
    ("use std::time; time::SystemTime::now();", "reads a clock"),
    ("use tokio as t; t::spawn(async {});", "starts a task"),
    ("use tokio::*; spawn(async {});", "starts a task"),
    ("use rand::prelude::*; let die = rand::random_range(1..=6);", "draws a random number"),
    ("type Clock = std::time::Instant; Clock::now();", "reads a clock"),
    ("T::now(); use std::time::SystemTime as T;", "reads a clock"),
    ("<std::time::SystemTime>::now();", "reads a clock"),
    ("::std::time::Instant::now();", "reads a clock"),
    ("OsRng.next_u64();", "draws a random number"),
    // Other places.
    ("let now = { { async { || SystemTime::now() } } };", "reads a clock"),
    ("match x { y if Instant::now() > y => 1, _ => 2 };", "reads a clock"),
    ("let Some(x) = y else { std::env::var(\"A\") };", "reads the environment"),
    ("while rand::random::<bool>() {}", "draws a random number"),
    ("let id = given.unwrap_or_else(Uuid::new_v4);", "creates a random id"),
    ("self.greet(Request { at: SystemTime::now() }).await?;", "reads a clock"),
    ("ctx.run(|| async { Ok(1) }).name(Uuid::new_v4().to_string()).await?;", "creates a random id"),
    // Macros.
    ("let text = format!(\"{:?}\", SystemTime::now());", "reads a clock"),
    ("tokio::join!(async { tokio::time::sleep(d).await }, x);", "waits in this process only"),
    ("let many = vec![Instant::now(); 3];", "reads a clock"),
    ("let is_late = matches!(Instant::now(), now if now > y);", "reads a clock"),
    ("let now = dbg!(Instant::now());", "reads a clock"),
    ("let body = json!({ \"id\": Uuid::new_v4() });", "creates a random id"),
    ("tokio::select! { a = x => a, b = y => b };", "random order"),
    // Methods on values whose meaning is known.
    ("let now = ctx.now().await?; now.elapsed()?;", "reads a clock"),
    ("std::time::UNIX_EPOCH.elapsed()?;", "reads a clock"),
    ("let set = list.iter().collect::<HashSet<_>>(); for x in set { ctx.clear(x); }", "hash map"),
    ("for x in map.keys().collect::<Vec<_>>() { ctx.clear(x); }", "hash map"),
    ("map.drain().for_each(|(k, v)| ctx.set(&k, v));", "hash map"),
    // Inside `run`.
    ("ctx.run(|| async { if x { ctx.sleep(d).await?; } Ok(()) }).await?;", "inside `ctx.run(..)`"),
    (
        "ctx.run(|| async { match x { y => { ctx.set(\"a\", y) } } Ok(()) }).await?;",
        "inside `ctx.run",
    ),
    // Inside `transaction`.
    (
        "ctx.transaction(&self.pool, async |tx| { ctx.sleep(d).await?; Ok(()) }).await?;",
        "inside `ctx.transaction(..)`",
    ),
    (
        "ctx.transaction(&a, async |tx| Ok(ctx.transaction(&b, work).await?)).await?;",
        "inside `ctx.transaction(..)`",
    ),
    (
        "ctx.transaction(&self.pool, async |tx| Ok(insert(7).execute(&self.pool).await?)).await?;",
        "`self.pool` inside",
    ),
    (
        "let db = self.pool.clone(); ctx.transaction(&self.pool, async move |tx| Ok(insert(7).execute(&db).await?)).await?;",
        "`db` inside `ctx.transaction(..)`: what is written through the pool",
    ),
    (
        "ctx.transaction(&pool, async move |tx| { let mut own = pool.begin().await?; Ok(()) }).await?;",
        "`pool` inside",
    ),
    ("ctx.transaction(&SystemTime::now(), work).await?;", "reads a clock"),
];
