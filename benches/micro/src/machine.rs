//! Steps of the machine, each for 128 invocations in sequence.

use bytes::{Bytes, BytesMut};
use restate_core::wire::{framing, protocol::CallCommand};
use restate_embedded::internals::BareEffects;

use crate::{
    case::{Case, Run, keeping},
    script::{Invocations, Moment},
};

/// The number of invocations.
const COUNT: usize = 128;

pub(crate) const CASES: &[Case] = &[
    Case::new("machine/start", || moment(Moment::Start)).times(COUNT),
    Case::new("machine/step", || moment(Moment::Step(3))).times(COUNT),
    Case::new("machine/end", || moment(Moment::End)).times(COUNT),
    Case::new("machine/call", call).times(COUNT),
    Case::new("machine/return", respond).times(COUNT),
];

fn moment(moment: Moment) -> Run {
    let mut invocations = Invocations::new(COUNT);
    // A first pass allocates what the machine keeps for reuse.
    Moment::ALL.into_iter().for_each(|moment| invocations.step(moment, drop));
    Moment::ALL
        .into_iter()
        .take_while(|before| *before != moment)
        .for_each(|before| invocations.step(before, drop));
    let mut kept = Vec::with_capacity(2 * COUNT);
    Box::new(move || invocations.step(moment, |effects| kept.push(effects)))
}

/// Each handler calls another one.
fn call() -> Run {
    let mut invocations = started();
    keeping(move || call_from_each(&mut invocations))
}

/// Each callee returns to its caller.
fn respond() -> Run {
    let mut invocations = started();
    let called = call_from_each(&mut invocations);
    let callees: Vec<_> = called.iter().flat_map(BareEffects::started).collect();
    let output = Moment::End.message();
    keeping(move || {
        let returned = callees.iter();
        let returned = returned.map(|one| invocations.machine.receive(*one, output.clone()));
        returned.collect::<Vec<_>>()
    })
}

fn started() -> Invocations {
    let mut invocations = Invocations::new(COUNT);
    invocations.step(Moment::Start, drop);
    invocations
}

fn call_from_each(invocations: &mut Invocations) -> Vec<BareEffects> {
    let mut message = BytesMut::new();
    let call = CallCommand {
        service_name: "Steps".to_owned(),
        handler_name: "run".to_owned(),
        parameter: Bytes::from_static(b"3"),
        invocation_id_notification_idx: 1,
        result_completion_id: 2,
        ..CallCommand::default()
    };
    framing::encode(&call, &mut message);
    let message = message.freeze();
    let Invocations { machine, attempts, .. } = invocations;
    attempts.iter().map(|caller| machine.receive(*caller, message.clone())).collect()
}
