//! What every store must do. The suite takes a function that opens the same disk again and again.

use std::{num::NonZeroU32, sync::Arc};

use bytes::Bytes;
use restate_core::wire::protocol::{Failure, FailureMetadata, OutputResult};

use super::{
    AwaitingEntry, Caller, JournalFate, Phase, PromiseName, Store, StoredFailure, StoredInvocation,
    StoredPromise, Timer, TimerKind, Traces, Write,
};
use crate::model::{
    deployment::{Connection, DeployedService, Deployment, DeploymentId, ProtocolMode},
    id::InvocationId,
    manifest::ServiceManifest,
    rules::Rule,
    target::{Object, Target},
    trace::{Invoker, Trace},
};

/// Runs the whole suite. `disk` creates an empty disk, and returns a function that opens it.
pub(crate) fn suite<S: Store, O: FnMut() -> S>(mut disk: impl FnMut() -> O) {
    for check in [
        what_is_committed_is_found_again::<S>,
        what_is_not_committed_is_gone::<S>,
        reads_see_the_open_group::<S>,
        unfinished_invocations_are_read_in_order_of_arrival::<S>,
        a_journal_is_read_up_to_a_part::<S>,
        a_failure_is_kept_until_it_is_removed::<S>,
        a_retained_result_replaces_its_invocation::<S>,
        an_invocation_can_become_retained::<S>,
        what_is_removed_leaves_nothing::<S>,
        an_idempotency_key_finds_its_invocation_until_the_result_expires::<S>,
        awaiters_are_kept_with_what_they_wait_for::<S>,
        a_kept_journal_outlives_its_invocation_until_it_is_forgotten::<S>,
        a_promise_has_a_result_or_awaiters::<S>,
        an_expired_workflow_has_no_state_and_no_promises::<S>,
        an_adopted_run_is_found_as_such::<S>,
        each_object_has_its_own_state::<S>,
        a_single_value_can_be_read::<S>,
        the_next_wake_ignores_ends_of_retention::<S>,
        timers_are_read_in_order_and_by_range::<S>,
        each_scope_has_its_own_rows::<S>,
        rules_are_kept_by_pattern::<S>,
        deployments_are_kept_with_their_services::<S>,
        an_invocation_is_pinned_to_a_deployment::<S>,
        the_trace_of_an_invocation_is_kept::<S>,
        the_seed_and_the_deployment_of_an_invocation_outlast_it::<S>,
    ] {
        check(&mut disk());
    }
}

type Open<'a, S> = &'a mut dyn FnMut() -> S;

fn the_seed_and_the_deployment_of_an_invocation_outlast_it<S: Store>(open: Open<'_, S>) {
    let (seed, deployment) = (Some(u64::MAX - 5), DeploymentId::new(1, 2));
    let seeded = StoredInvocation { random_seed: seed, retained: true, ..invocation(1) };
    let mut store = open();
    let pin = Write::Pin { id: id(1), deployment, protocol: 6 };
    write(&mut store, [create(seeded), pin]);
    drop(store);
    let mut store = open();
    let found = store.unfinished().unwrap().remove(0);
    assert_eq!((found.random_seed, found.deployment), (seed, Some(deployment)));
    assert_eq!(found.protocol, Some(6));
    let complete = Write::Complete {
        id: id(1),
        result: OutputResult::Value(Bytes::from_static(b"done").into()),
        encoding: None,
        at: 5,
        journal: JournalFate::Kept,
        traces: Traces { journal: false, awaiters: false },
    };
    write(&mut store, [complete]);
    drop(store);
    let found = open().invocation(id(1)).unwrap().unwrap();
    assert_eq!((found.random_seed, found.deployment), (seed, Some(deployment)));
    assert_eq!(found.protocol, Some(6));
}

fn what_is_committed_is_found_again<S: Store>(open: Open<'_, S>) {
    let suspended = StoredInvocation {
        phase: Phase::Suspended(Bytes::from_static(b"tree")),
        caller: Some(caller(9, AwaitingEntry::Call)),
        ..invocation(1)
    };
    let paused = StoredInvocation { phase: Phase::Paused, ..invocation(2) };
    let mut store = open();
    write(&mut store, [create(invocation(1)), create(invocation(2)), create(invocation(3))]);
    store.apply(create(StoredInvocation { caller: suspended.caller, ..invocation(4) })).unwrap();
    write(
        &mut store,
        [
            Write::Remove { id: id(1), traces: Traces { journal: false, awaiters: false } },
            Write::Suspend { id: id(4), awaiting: Bytes::from_static(b"tree") },
            Write::Pause { id: id(2), error: "broken".into() },
        ],
    );
    drop(store);
    let suspended = StoredInvocation { id: id(4), arrived: 4, ..suspended };
    let mut store = open();
    assert_eq!(store.unfinished().unwrap(), [paused, invocation(3), suspended.clone()]);
    assert_eq!(store.last_order().unwrap(), 4);
    write(&mut store, [Write::Resume { id: id(4) }]);
    drop(store);
    let resumed = StoredInvocation { phase: Phase::Ready, ..suspended };
    assert_eq!(open().invocation(id(4)).unwrap(), Some(resumed));
}

fn what_is_not_committed_is_gone<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    write(&mut store, [create(invocation(1))]);
    store.apply(create(invocation(2))).unwrap();
    store.apply(append(1, 0, b"lost")).unwrap();
    drop(store);
    let mut store = open();
    assert_eq!(store.unfinished().unwrap(), [invocation(1)]);
    assert_eq!(store.journal(id(1), 1).unwrap(), ["input"]);
}

fn reads_see_the_open_group<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    store.apply(create(invocation(1))).unwrap();
    assert_eq!(store.invocation(id(1)).unwrap(), Some(invocation(1)));
    assert_eq!(store.invocation(InvocationId::new(1, 2, 3)).unwrap(), None);
    assert_eq!(store.invocation(id(2)).unwrap(), None);
}

fn unfinished_invocations_are_read_in_order_of_arrival<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    let scheduled = StoredInvocation { phase: Phase::Scheduled, ..invocation(1) };
    let still = StoredInvocation { phase: Phase::Scheduled, ..invocation(3) };
    write(&mut store, [create(scheduled.clone()), create(invocation(2)), create(still.clone())]);
    assert_eq!(store.unfinished().unwrap(), [invocation(2)]);
    write(&mut store, [Write::Release { id: id(1), arrived: 7 }]);
    let released = StoredInvocation { phase: Phase::Ready, arrived: 7, ..scheduled };
    assert_eq!(store.unfinished().unwrap(), [invocation(2), released]);
    assert_eq!(store.invocation(id(3)).unwrap(), Some(still));
}

fn a_failure_is_kept_until_it_is_removed<S: Store>(open: Open<'_, S>) {
    let failed = |step: Option<&str>, attempt| {
        let (error, step) = ("refused".to_owned(), step.map(str::to_owned));
        Some(Box::new(StoredFailure { error, step, attempt }))
    };
    let mut store = open();
    write(&mut store, [create(invocation(1)), create(invocation(2)), create(invocation(3))]);
    write(
        &mut store,
        [
            Write::SetFailure { id: id(1), failure: failed(Some("run step `ask`"), 3) },
            Write::SetFailure { id: id(2), failure: failed(None, 1) },
            Write::SetFailure { id: id(3), failure: failed(None, 2) },
            Write::SetFailure { id: id(3), failure: None },
        ],
    );
    drop(store);
    let found: Vec<_> =
        open().unfinished().unwrap().into_iter().map(|invocation| invocation.failure).collect();
    assert_eq!(found, [failed(Some("run step `ask`"), 3), failed(None, 1), None]);
}

fn a_journal_is_read_up_to_a_part<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    write(&mut store, [create(invocation(1)), append(1, 0, b"a"), append(1, 1, b"b")]);
    write(&mut store, [create(invocation(2)), append(2, 0, b"other"), append(1, 2, b"c")]);
    assert_eq!(store.journal(id(1), 0).unwrap(), ["input"]);
    assert_eq!(store.journal(id(1), 2).unwrap(), ["input", "a", "b"]);
    assert_eq!(store.journal(id(1), 3).unwrap(), ["input", "a", "b", "c"]);
    assert_eq!(store.invocation(id(1)).unwrap().map(|stored| stored.parts), Some(3));
}

fn a_retained_result_replaces_its_invocation<S: Store>(open: Open<'_, S>) {
    let failure = OutputResult::Failure(Failure {
        code: 409,
        message: "no".into(),
        metadata: vec![FailureMetadata { key: "k".into(), value: "v".into() }],
    });
    let mut store = open();
    for (n, result) in [(1, value(b"yes")), (2, value(b"")), (3, failure)] {
        write(&mut store, [create(retained(n)), append(n, 0, b"frames")]);
        write(&mut store, [complete(n, result.clone(), JournalFate::Removed)]);
        let over = StoredInvocation { phase: Phase::Completed(result), ..retained(n) };
        assert_eq!(store.invocation(id(n)).unwrap(), Some(over));
    }
    assert_eq!(store.unfinished().unwrap(), []);
    assert_eq!(store.last_order().unwrap(), 3);
}

fn what_is_removed_leaves_nothing<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    let waits = Write::Await { id: id(1), caller: caller(2, AwaitingEntry::Attach) };
    write(&mut store, [create(invocation(1)), append(1, 0, b"frames"), waits]);
    let traces = Traces { journal: true, awaiters: true };
    write(&mut store, [Write::Remove { id: id(1), traces }, create(invocation(1))]);
    assert_eq!(store.invocation(id(1)).unwrap(), Some(invocation(1)));
    assert_eq!(store.journal(id(1), 9).unwrap(), ["input"]);
}

fn an_idempotency_key_finds_its_invocation_until_the_result_expires<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    let keyed = StoredInvocation { idempotency_key: Some(Arc::from("k")), ..retained(1) };
    let target = keyed.target.clone();
    write(&mut store, [create(keyed)]);
    assert_eq!(store.by_idempotency_key(&target, "k").unwrap(), Some(id(1)));
    assert_eq!(store.by_idempotency_key(&target, "other").unwrap(), None);
    let elsewhere = Target::new("Service", "handler", "elsewhere");
    assert_eq!(store.by_idempotency_key(&elsewhere, "k").unwrap(), None);

    write(&mut store, [complete(1, value(b""), JournalFate::Removed)]);
    assert_eq!(store.by_idempotency_key(&target, "k").unwrap(), Some(id(1)));
    write(&mut store, [Write::Expire { id: id(1) }]);
    assert_eq!(store.by_idempotency_key(&target, "k").unwrap(), None);
    assert_eq!(store.invocation(id(1)).unwrap(), None);
}

fn a_kept_journal_outlives_its_invocation_until_it_is_forgotten<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    for n in [1, 2] {
        write(&mut store, [create(retained(n)), append(n, 0, b"frames")]);
        write(&mut store, [complete(n, value(b"yes"), JournalFate::Kept)]);
        assert_eq!(store.journal(id(n), 9).unwrap(), ["input", "frames"]);
    }
    write(&mut store, [Write::ForgetJournal { id: id(1) }]);
    assert!(store.journal(id(1), 9).unwrap().iter().all(Bytes::is_empty));
    assert!(store.invocation(id(1)).unwrap().is_some());
    write(&mut store, [Write::Expire { id: id(2) }, create(invocation(2))]);
    assert_eq!(store.journal(id(2), 9).unwrap(), ["input"]);
}

fn a_promise_has_a_result_or_awaiters<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    assert_eq!(store.promise(&promise("k", "done")).unwrap(), StoredPromise::default());
    let waits = |n| caller(n, AwaitingEntry::Promise);
    for n in [2, 3] {
        write(&mut store, [await_promise("k", n), await_promise("other", n)]);
    }
    drop(store);
    let mut store = open();
    let awaited = StoredPromise { result: None, awaiters: vec![waits(2), waits(3)] };
    assert_eq!(store.promise(&promise("k", "done")).unwrap(), awaited);
    let failure = Failure { code: 409, message: "no".into(), metadata: Vec::new() };
    for (name, result) in [("done", value(b"")), ("failed", OutputResult::Failure(failure))] {
        let promise = promise("k", name);
        let write_result =
            Write::CompletePromise { promise: promise.clone(), result: result.clone() };
        write(&mut store, [write_result]);
        let completed = StoredPromise { result: Some(result), awaiters: Vec::new() };
        assert_eq!(store.promise(&promise).unwrap(), completed);
    }
    assert_eq!(store.promise(&promise("other", "done")).unwrap(), awaited);
}

fn an_expired_workflow_has_no_state_and_no_promises<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    let name = Bytes::from_static(b"total");
    for (n, key) in [(1, "k"), (2, "other")] {
        let run = StoredInvocation {
            target: Target::new("Workflow", "run", key),
            idempotency_key: Some("".into()),
            ..retained(n)
        };
        let object = run.target.object();
        let promise = promise(key, "done");
        write(
            &mut store,
            [
                create(run),
                Write::SetState { object, name: name.clone(), value: name.clone() },
                Write::CompletePromise { promise, result: value(b"yes") },
                complete(n, value(b"yes"), JournalFate::Removed),
            ],
        );
    }
    write(&mut store, [Write::Expire { id: id(1) }]);
    assert_eq!(state(&mut store, &Object::new("Workflow", "k")), []);
    assert_eq!(store.promise(&promise("k", "done")).unwrap(), StoredPromise::default());
    assert_eq!(state(&mut store, &Object::new("Workflow", "other")).len(), 1);
    assert!(store.promise(&promise("other", "done")).unwrap().result.is_some());
}

fn an_adopted_run_is_found_as_such<S: Store>(open: Open<'_, S>) {
    let early = StoredInvocation { idempotency_key: Some("k".into()), ..invocation(1) };
    let target = early.target.clone();
    let mut store = open();
    write(&mut store, [create(early.clone()), Write::Adopt { id: id(1) }]);
    assert_eq!(store.by_idempotency_key(&target, "k").unwrap(), None);
    assert_eq!(store.by_idempotency_key(&target, "").unwrap(), Some(id(1)));
    let run = StoredInvocation { idempotency_key: Some("".into()), retained: true, ..early };
    assert_eq!(store.invocation(id(1)).unwrap(), Some(run));
}

fn an_invocation_can_become_retained<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    write(&mut store, [create(invocation(1)), Write::Retain { id: id(1) }]);
    drop(store);
    assert_eq!(open().unfinished().unwrap(), [retained(1)]);
}

fn awaiters_are_kept_with_what_they_wait_for<S: Store>(open: Open<'_, S>) {
    let awaiters = vec![caller(2, AwaitingEntry::Call), caller(3, AwaitingEntry::Attach)];
    let mut store = open();
    write(&mut store, [create(invocation(1)), create(invocation(4))]);
    write(&mut store, awaiters.iter().map(|&caller| Write::Await { id: id(1), caller }));
    drop(store);
    let awaited = StoredInvocation { awaiters, ..invocation(1) };
    assert_eq!(open().unfinished().unwrap(), [awaited, invocation(4)]);
}

fn each_object_has_its_own_state<S: Store>(open: Open<'_, S>) {
    let object = |key: &str| Object::new("Counter", key);
    let set = |key, name: &'static str, value: &'static str| Write::SetState {
        object: object(key),
        name: name.into(),
        value: value.into(),
    };
    let mut store = open();
    write(
        &mut store,
        [set("a", "y", "1"), set("a", "x", "2"), set("b", "x", ""), set("a", "x", "3")],
    );
    let pair = |name: &'static str, value: &'static str| (Bytes::from(name), Bytes::from(value));
    assert_eq!(state(&mut store, &object("a")), [pair("x", "3"), pair("y", "1")]);
    assert_eq!(state(&mut store, &object("b")), [pair("x", "")]);
    write(&mut store, [Write::ClearState { object: object("a"), name: "y".into() }]);
    assert_eq!(state(&mut store, &object("a")), [pair("x", "3")]);
    write(&mut store, [Write::ClearAllState { object: object("a") }]);
    assert_eq!(state(&mut store, &object("a")), []);
    assert_eq!(state(&mut store, &object("b")), [pair("x", "")]);
}

fn each_scope_has_its_own_rows<S: Store>(open: Open<'_, S>) {
    let within = |n, scope: Option<&str>| StoredInvocation {
        target: Target::new("Workflow", "run", "k").within(scope.map(Into::into)),
        idempotency_key: Some("".into()),
        limit_key: scope.map(|_| "tenant".into()),
        ..retained(n)
    };
    let (outer, inner) = (within(1, None), within(2, Some("s")));
    let mut store = open();
    write(&mut store, [create(outer.clone()), create(inner.clone())]);
    for invocation in [&outer, &inner] {
        let object = invocation.target.object();
        let name = Bytes::from_static(b"name");
        let promise = PromiseName { object: object.clone(), name: "done".into() };
        write(
            &mut store,
            [
                Write::SetState { object, name: name.clone(), value: name },
                Write::CompletePromise { promise, result: value(b"yes") },
            ],
        );
    }
    drop(store);
    let mut store = open();
    assert_eq!(store.by_idempotency_key(&outer.target, "").unwrap(), Some(id(1)));
    assert_eq!(store.by_idempotency_key(&inner.target, "").unwrap(), Some(id(2)));
    assert_eq!(store.invocation(id(2)).unwrap(), Some(inner.clone()));
    write(&mut store, [complete(1, value(b""), JournalFate::Removed), Write::Expire { id: id(1) }]);
    write(&mut store, [complete(2, value(b""), JournalFate::Removed)]);
    let over = StoredInvocation { phase: Phase::Completed(value(b"")), ..inner.clone() };
    assert_eq!(store.invocation(id(2)).unwrap(), Some(over));
    assert_eq!(store.by_idempotency_key(&outer.target, "").unwrap(), None);
    assert_eq!(store.by_idempotency_key(&inner.target, "").unwrap(), Some(id(2)));
    assert_eq!(state(&mut store, &outer.target.object()), []);
    assert_eq!(state(&mut store, &inner.target.object()).len(), 1);
    let promise =
        |of: &StoredInvocation| PromiseName { object: of.target.object(), name: "done".into() };
    assert_eq!(store.promise(&promise(&outer)).unwrap(), StoredPromise::default());
    assert!(store.promise(&promise(&inner)).unwrap().result.is_some());
    write(&mut store, [Write::ClearAllState { object: inner.target.object() }]);
    assert_eq!(state(&mut store, &inner.target.object()), []);
}

fn rules_are_kept_by_pattern<S: Store>(open: Open<'_, S>) {
    let rule = |pattern: &str, limit| Rule {
        pattern: pattern.parse().unwrap(),
        concurrency: NonZeroU32::new(limit),
        description: (limit > 0).then(|| "why".to_owned()),
        disabled: limit == 0,
        version: limit + 1,
        modified: 7,
    };
    let set = |rule| Write::SetRule(Box::new(rule));
    let mut store = open();
    write(&mut store, [set(rule("b/*", 2)), set(rule("a", 0)), set(rule("c", 1))]);
    write(&mut store, [set(rule("b/*", 3)), Write::RemoveRule { pattern: rule("c", 1).pattern }]);
    drop(store);
    assert_eq!(open().rules().unwrap(), [rule("a", 0), rule("b/*", 3)]);
}

fn deployments_are_kept_with_their_services<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    let (first, second) = (deployment(1, "http://one"), deployment(2, "https://two/path"));
    let set = |deployment: &Deployment| Write::SetDeployment(Box::new(deployment.clone()));
    write(&mut store, [set(&second), set(&first)]);
    assert_eq!(open().deployments().unwrap(), [first.clone(), second.clone()]);
    let mut changed = second.clone();
    changed.connection.headers.clear();
    changed.connection.mode = ProtocolMode::BidiStream;
    write(&mut store, [set(&changed), Write::RemoveDeployment { id: first.id }]);
    assert_eq!(open().deployments().unwrap(), [changed]);
}

fn an_invocation_is_pinned_to_a_deployment<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    let deployment = DeploymentId::new(1, 2);
    let pin = |deployment, protocol| Write::Pin { id: id(1), deployment, protocol };
    write(&mut store, [create(invocation(1)), pin(deployment, 6)]);
    let pinned = StoredInvocation { protocol: Some(6), ..invocation(1) };
    let there = StoredInvocation { deployment: Some(deployment), ..pinned.clone() };
    assert_eq!(open().unfinished().unwrap(), [there]);
    write(&mut store, [pin(DeploymentId::IN_PROCESS, 6)]);
    assert_eq!(open().unfinished().unwrap(), [pinned]);
}

fn the_trace_of_an_invocation_is_kept<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    let mut trace = Trace::new(7, 8, Invoker::Call);
    let traced =
        |trace: &Trace| StoredInvocation { trace: Some(trace.clone().into()), ..invocation(1) };
    write(&mut store, [create(traced(&trace))]);
    assert_eq!(open().unfinished().unwrap(), [traced(&trace)]);
    trace.attempt = Some((5, 6));
    trace.sleeps.push((3, 4));
    write(&mut store, [Write::SetTrace { id: id(1), trace: trace.clone().into() }]);
    assert_eq!(open().unfinished().unwrap(), [traced(&trace)]);
}

fn the_next_wake_ignores_ends_of_retention<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    let timer = |due, kind| Write::AddTimer(Timer { due, id: id(1), kind });
    assert_eq!(store.next_wake().unwrap(), None);
    write(&mut store, [timer(5, TimerKind::Expire), timer(6, TimerKind::ForgetJournal)]);
    assert_eq!(store.next_wake().unwrap(), None);
    write(&mut store, [timer(9, TimerKind::Release), timer(8, TimerKind::Sleep(1))]);
    assert_eq!(store.next_wake().unwrap(), Some(8));
}

fn a_single_value_can_be_read<S: Store>(open: Open<'_, S>) {
    let mut store = open();
    let (object, name) = (Object::new("Object", "k"), Bytes::from_static(b"name"));
    assert_eq!(store.value(&object, b"name").unwrap(), None);
    let value = Bytes::from_static(b"value");
    write(&mut store, [Write::SetState { object: object.clone(), name, value: value.clone() }]);
    assert_eq!(store.value(&object, b"name").unwrap(), Some(value));
    assert_eq!(store.value(&object, b"other").unwrap(), None);
}

fn timers_are_read_in_order_and_by_range<S: Store>(open: Open<'_, S>) {
    let timer = |due, n, kind| Timer { due, id: id(n), kind };
    let (first, second) = (timer(5, 2, TimerKind::Sleep(1)), timer(5, 2, TimerKind::Sleep(2)));
    let (release, expire) =
        (timer(6, 1, TimerKind::Release), timer(u64::MAX >> 1, 3, TimerKind::Expire));
    let mut store = open();
    write(&mut store, [release, expire, second, first].map(Write::AddTimer));
    drop(store);
    let mut store = open();
    assert_eq!(store.timers(0, 7).unwrap(), [first, second, release]);
    assert_eq!(store.timers(6, 6).unwrap(), []);
    assert_eq!(store.timers(6, 7).unwrap(), [release]);
    assert_eq!(store.timer_count().unwrap(), 4);
    write(&mut store, [Write::RemoveTimer(first)]);
    assert_eq!(store.timers(0, 6).unwrap(), [second]);
    assert_eq!(store.timer_count().unwrap(), 3);
}

fn write<S: Store>(store: &mut S, writes: impl IntoIterator<Item = Write>) {
    for write in writes {
        store.apply(write).unwrap();
    }
    store.commit().unwrap();
}

fn id(n: u64) -> InvocationId {
    InvocationId::new(n, u64::MAX / n.max(1), u64::MAX - n)
}

fn invocation(n: u64) -> StoredInvocation {
    StoredInvocation::new(id(n), Target::new("Service", "handler", "key"))
}

fn retained(n: u64) -> StoredInvocation {
    StoredInvocation { retained: true, ..invocation(n) }
}

fn create(invocation: StoredInvocation) -> Write {
    Write::Create { invocation: Box::new(invocation), input: Bytes::from_static(b"input") }
}

fn deployment(n: u64, uri: &str) -> Deployment {
    let manifest = r#"{"name":"S","ty":"SERVICE","handlers":[{"name":"h"}]}"#;
    let ServiceManifest { descriptor, json } = ServiceManifest::stored(manifest).unwrap();
    let service = DeployedService { revision: 3, descriptor, manifest: json };
    Deployment {
        id: DeploymentId::new(n, n),
        created_at: n,
        connection: Connection {
            uri: uri.into(),
            use_http_11: n == 1,
            headers: vec![("authorization".into(), "Bearer \"x\"".into())],
            metadata: vec![("commit".into(), "0123".into())],
            mode: ProtocolMode::RequestResponse,
            min_protocol: 5,
            max_protocol: 7,
            sdk: Some("sdk/1".into()),
        },
        services: [("S", service)].into(),
    }
}

fn state(store: &mut impl Store, object: &Object) -> Vec<(Bytes, Bytes)> {
    let state = store.state(object, u64::MAX).unwrap().unwrap();
    let overhead = store.overhead();
    let lengths = state.iter().map(|(name, value)| (name.clone(), value.len() as u64 + overhead));
    assert_eq!(store.state_names(object).unwrap(), lengths.collect::<Vec<_>>());
    let size = state.iter().map(|(name, value)| (name.len() + value.len()) as u64 + overhead).sum();
    assert_eq!(store.state_size(object, b"").unwrap(), size);
    assert_eq!(store.state(object, size).unwrap().as_ref(), Some(&state));
    if let Some(less) = size.checked_sub(1) {
        assert_eq!(store.state(object, less).unwrap(), None);
    }
    state
}

fn append(n: u64, part: u32, frames: &'static [u8]) -> Write {
    Write::Append { id: id(n), part, frames: Bytes::from_static(frames) }
}

fn complete(n: u64, result: OutputResult, journal: JournalFate) -> Write {
    let traces = Traces { journal: true, awaiters: false };
    Write::Complete { id: id(n), result, encoding: None, at: 7, journal, traces }
}

fn promise(key: &'static str, name: &str) -> PromiseName {
    PromiseName { object: Object::new("Workflow", key), name: name.into() }
}

fn await_promise(key: &'static str, n: u64) -> Write {
    let caller = caller(n, AwaitingEntry::Promise);
    Write::AwaitPromise { promise: promise(key, "done"), caller }
}

fn caller(n: u64, entry: AwaitingEntry) -> Caller {
    Caller { id: id(n), completion: 5, entry }
}

fn value(bytes: &'static [u8]) -> OutputResult {
    OutputResult::Value(Bytes::from_static(bytes).into())
}
