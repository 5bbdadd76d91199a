//! Completed invocations are executed again, from the beginning or from an entry of their journal.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::Method;
use restate_core::{Context, HandlerResult, Json, service};
use restate_tests::{
    client,
    services::{Bound, CounterClient},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    polling::{eventually, once, unique},
    scenario::Setup,
    system::{Needs, System},
};

/// The last entries of what a trip keeps. The input is entry 0.
const FLIGHT: u32 = 2;
const CALL: u32 = 3;
const HOTEL: u32 = 7;

/// What was done up to the entry is kept, and not done again; what comes after is.
pub async fn an_entry_is_kept_with_all_before_it(setup: Setup) {
    let (system, _) = platform(&setup).await;
    let key = unique("trips");
    let sent = TripClient::new(system.client()).book(key.clone()).one_way().await.unwrap();
    let id = sent.invocation_id().as_str();
    let Json(first) = sent.attach::<Json<Booked>>().await.unwrap();
    let booked = |flight, hotel| Booked { flight, hotel };
    assert_eq!(first, booked(1, 1));
    assert_eq!(counted(&system, &key).await, 1);

    assert_eq!(restarted(&system, id, FLIGHT).await, booked(1, 2));
    assert_eq!(counted(&system, &key).await, 2);
    // The result of the call comes after the entry, and belongs to it.
    assert_eq!(restarted(&system, id, CALL).await, booked(1, 3));
    assert_eq!(counted(&system, &key).await, 2);
    assert_eq!(restarted(&system, id, HOTEL).await, first);
    assert_eq!(counted(&system, &key).await, 2);

    assert_eq!(restarted(&system, id, 0).await, booked(2, 4));
    assert_eq!(counted(&system, &key).await, 3);
}

/// What was kept once can be kept again.
pub async fn a_restarted_invocation_is_restarted(setup: Setup) {
    let (system, _) = platform(&setup).await;
    let sent = TripClient::new(system.client()).book(unique("trips")).one_way().await.unwrap();
    let Json(first) = sent.attach::<Json<Booked>>().await.unwrap();
    let second = restart(&system, sent.invocation_id(), &format!("from={FLIGHT}")).await.unwrap();
    let _: Json<Booked> = system.client().invocation(second.as_str()).attach().await.unwrap();
    let kept = Booked { hotel: 2, ..first };
    assert_eq!(restarted(&system, &second, HOTEL).await, kept);
    assert_eq!(restarted(&system, &second, FLIGHT).await, Booked { hotel: 3, ..first });
}

/// What is kept may depend on them. A Restate server 1.7.12 gives new ones.
pub async fn random_numbers_are_kept(setup: Setup) {
    let (system, _) = platform(&setup).await;
    let sent = TripClient::new(system.client()).number().one_way().await.unwrap();
    let first: String = sent.attach().await.unwrap();
    let id = sent.invocation_id().as_str();
    let number = async |query: &str| {
        let new = restart(&system, id, query).await.unwrap();
        (system.client().invocation(new.as_str()).attach::<String>().await.unwrap(), new)
    };
    let (kept, second) = number("from=2").await;
    assert_eq!(kept, first);
    let third = restart(&system, &second, "from=2").await.unwrap();
    assert_eq!(system.client().invocation(third).attach::<String>().await.unwrap(), first);
    assert_ne!(number("from=0").await.0, first);
}

pub async fn what_cannot_be_kept_is_refused(setup: Setup) {
    let (system, bookings) = platform(&setup).await;
    let trips = TripClient::new(system.client());
    let sent = trips.book(unique("trips")).one_way().await.unwrap();
    let _: Json<Booked> = sent.attach().await.unwrap();
    let id = sent.invocation_id().as_str();
    for (query, status) in [
        ("from=99", 400),
        ("from=x", 400),
        ("from=-1", 400),
        ("from=2&deployment=nowhere", 400),
        ("deployment=dp_11dditej4UtJKGCmhv0AOkx", 400),
    ] {
        assert_eq!(restart(&system, id, query).await, Err(status), "{query}");
    }
    assert_eq!(bookings.hotels.load(Ordering::SeqCst), 1);

    let waits = trips.waits().one_way().await.unwrap();
    let waiting = waits.invocation_id().as_str();
    eventually("it waits", async || (bookings.waits.load(Ordering::SeqCst) > 0).then_some(()))
        .await;
    assert_eq!(restart(&system, waiting, "from=1").await, Err(409));
    system.kill(waiting).await;
    waits.attach::<()>().await.unwrap_err();
    // Nothing has ended its sleep.
    assert_eq!(restart(&system, waiting, "from=1").await, Err(400));
}

/// Restarts an invocation from an entry, and waits for its result.
async fn restarted(system: &System, id: &str, from: u32) -> Booked {
    let new = restart(system, id, &format!("from={from}")).await.unwrap();
    assert_ne!(new, id);
    let Json(booked) = system.client().invocation(new).attach().await.unwrap();
    booked
}

/// The id of the new invocation, or the status of the refusal.
async fn restart(system: &System, id: &str, query: &str) -> Result<String, u16> {
    let path = format!("/invocations/{id}/restart-as-new?{query}");
    let answer = client::send(system.admin(), Method::PATCH, &path, &[], Bytes::new()).await;
    let answer = answer.unwrap();
    if !answer.status.is_success() {
        return Err(answer.status.as_u16());
    }
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    Ok(answer["new_invocation_id"].as_str().unwrap().to_owned())
}

async fn counted(system: &System, key: &str) -> i64 {
    CounterClient::new(system.client(), key).get().idempotency_key(once()).await.unwrap()
}

async fn platform(setup: &Setup) -> (System, Bookings) {
    let bookings = Bookings::default();
    let services = vec![Bound::new(TripServer::new(bookings.clone()))];
    (setup.own_system(Needs { services, ..Needs::default() }).await, bookings)
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
struct Booked {
    flight: u32,
    hotel: u32,
}

#[service(name = "Trip")]
trait Trip {
    /// Books a flight in a step, counts under this key, and books a hotel in another step.
    async fn book(&self, ctx: Context<'_>, key: String) -> HandlerResult<Json<Booked>>;

    /// Takes a step, and then a random number.
    async fn number(&self, ctx: Context<'_>) -> HandlerResult<String>;

    /// Waits for an hour, and takes a step meanwhile.
    async fn waits(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

/// How often something was done.
#[derive(Clone, Default)]
struct Bookings {
    flights: Arc<AtomicU32>,
    hotels: Arc<AtomicU32>,
    waits: Arc<AtomicU32>,
}

impl Trip for Bookings {
    async fn book(&self, ctx: Context<'_>, key: String) -> HandlerResult<Json<Booked>> {
        let flight = ctx.run(|| async { Ok(one_more(&self.flights)) }).await?;
        CounterClient::new(ctx, key).add(1).await?;
        let hotel = ctx.run(|| async { Ok(one_more(&self.hotels)) }).await?;
        Ok(Json(Booked { flight, hotel }))
    }

    async fn number(&self, ctx: Context<'_>) -> HandlerResult<String> {
        ctx.run(|| async { Ok(()) }).await?;
        Ok(ctx.uuid().to_string())
    }

    async fn waits(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let slept = ctx.sleep(Duration::from_secs(3600));
        // A server only restarts an invocation whose deployment it has stored, and it has stored
        // it when it has stored the result of a step.
        ctx.run(|| async { Ok(()) }).await?;
        one_more(&self.waits);
        slept.await?;
        Ok(())
    }
}

fn one_more(count: &AtomicU32) -> u32 {
    count.fetch_add(1, Ordering::SeqCst) + 1
}
