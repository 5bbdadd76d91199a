//! The recorded invocations on the state machine that both SDKs share, without HTTP, handlers or
//! JSON: the lower limit of any endpoint that uses it.
//!
//! Prints one line for each invocation: CPU time in nanoseconds, number of allocations, and allocated
//! bytes.

#[path = "../endpoint/case.rs"]
#[expect(dead_code, reason = "only calls of an endpoint need names and paths")]
mod case;

use std::{alloc::System, convert::Infallible, error::Error};

use bytes::Bytes;
use restate_core::wire::{
    framing::Frame,
    protocol::{MessageType, NotificationResult, ProposeRunCompletionAck, Value},
};
use restate_sdk_shared_core::{
    AwaitResponse, CoreVM, HeaderMap, NonEmptyValue, NotificationHandle, PayloadOptions,
    RetryPolicy, RunExitResult, Target, UnresolvedFuture, VM, VMOptions,
};
use rustix::time::{ClockId, clock_gettime};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use crate::case::{Case, REPLAYED_RUNS, completion};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> Result<(), Box<dyn Error>> {
    for case in Case::ALL {
        let (journal, repetitions) = (case.journal(), case.repetitions() / 10);
        repeat(case, &journal, repetitions)?;
        let (before, start) = (ALLOCATOR.stats(), clock_gettime(ClockId::ThreadCPUTime));
        repeat(case, &journal, repetitions)?;
        let (time, after) = (clock_gettime(ClockId::ThreadCPUTime) - start, ALLOCATOR.stats());
        let nanoseconds = i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec);
        let times = |stats: &stats_alloc::Stats| stats.allocations + stats.reallocations;
        println!(
            "{} {} {}",
            nanoseconds as f64 / f64::from(repetitions),
            (times(&after) - times(&before)) as f64 / f64::from(repetitions),
            (after.bytes_allocated - before.bytes_allocated) as f64 / f64::from(repetitions),
        );
    }
    Ok(())
}

fn repeat(case: Case, journal: &Bytes, repetitions: u32) -> Result<(), Box<dyn Error>> {
    for _ in 0..repetitions {
        invoke(case, journal)?;
    }
    Ok(())
}

struct Version;

impl HeaderMap for Version {
    type Error = Infallible;

    fn extract(&self, _: &str) -> Result<Option<&str>, Infallible> {
        Ok(Some("application/vnd.restate.invocation.v7"))
    }
}

/// The calls that an SDK makes to the state machine for this invocation.
fn invoke(case: Case, journal: &Bytes) -> Result<(), Box<dyn Error>> {
    let mut vm = CoreVM::new(Version, VMOptions::default())?;
    vm.notify_input(journal.clone());
    vm.is_ready_to_execute()?;
    let input = vm.sys_input()?;
    let response = match case {
        Case::Empty => Bytes::from_static(br#"{"message":"Greetings P"}"#),
        Case::OneCall => call(&mut vm)?,
        Case::TenRuns => runs(&mut vm, 10)?,
        Case::Replay => runs(&mut vm, REPLAYED_RUNS)?,
        Case::Payload => input.input,
    };
    vm.sys_write_output(NonEmptyValue::Success(response), PayloadOptions::default())?;
    vm.take_output();
    vm.sys_end()?;
    vm.take_output();
    Ok(())
}

fn call(vm: &mut CoreVM) -> Result<Bytes, Box<dyn Error>> {
    let target = Target {
        service: "Greeter".to_owned(),
        handler: "greet".to_owned(),
        key: None,
        idempotency_key: None,
        scope: None,
        limit_key: None,
        headers: Vec::new(),
    };
    let request = Bytes::from_static(br#"{"name":"P"}"#);
    let call = vm.sys_call(target, request, None, PayloadOptions::default())?;
    let response = call.call_notification_handle;
    vm.do_await(UnresolvedFuture::Single(response))?;
    vm.take_output();
    let id = NotificationResult::InvocationId("inv_1bbbbbbbbbbbbbbbbb".to_owned());
    let value = Value { content: Bytes::from_static(br#"{"message":"Greetings P"}"#) };
    let value = NotificationResult::Value(value);
    vm.notify_input(completion(MessageType::CallInvocationIdCompletion, 1, id).raw().clone());
    vm.notify_input(completion(MessageType::CallCompletion, 2, value).raw().clone());
    take(vm, response)?;
    Ok(Bytes::from_static(br#"{"message":"Greetings P"}"#))
}

fn runs(vm: &mut CoreVM, runs: u32) -> Result<Bytes, Box<dyn Error>> {
    for id in 1..=runs {
        let run = vm.sys_run(String::new())?;
        if !run.replayed {
            let result = RunExitResult::Success(Bytes::from_static(b"7"));
            vm.propose_run_completion(run.handle, result, RetryPolicy::default())?;
            vm.take_output();
            let ack = ProposeRunCompletionAck { completion_id: id };
            vm.notify_input(Frame::new(&ack).raw().clone());
        }
        take(vm, run.handle)?;
    }
    Ok(Bytes::from_static(b"45"))
}

fn take(vm: &mut CoreVM, handle: NotificationHandle) -> Result<(), Box<dyn Error>> {
    match vm.do_await(UnresolvedFuture::Single(handle))? {
        AwaitResponse::AnyCompleted => {}
        other => return Err(format!("not complete: {other:?}").into()),
    }
    vm.take_notification(handle)?.ok_or("complete, and not there")?;
    Ok(())
}
