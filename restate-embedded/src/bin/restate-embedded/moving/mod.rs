//! Moves what the data directory of a stopped engine has to a Restate server.
//!
//! It can be killed at any point and repeated. The order is what makes that safe: all state first, then the
//! calls, each under an idempotency key that depends on nothing but the invocation; and an invocation leaves
//! the directory only after the server has it. Between a call and the note that it was made, only the server
//! knows; so a note is written before, too, and a repetition long after it is refused.

mod destination;
mod inventory;
mod notes;

use std::path::Path;

use serde_json::{Value, json};

use self::{
    destination::{Delivery, Destination},
    inventory::{Inventory, Object, PendingCall, Stay},
    notes::Notes,
};
use crate::{
    admin::{Admin, Method},
    arguments::Move,
    engine_address::EngineAddress,
    failure::{Cause, Failure},
    progress, stopped, view,
};

/// How long after an unanswered attempt a call may be repeated. A server forgets idempotency keys of ended
/// invocations after a day unless told otherwise.
const REPEATABLE_MILLIS: i64 = 60 * 60 * 1000;

/// Moves everything that can be moved. Returns what was moved, and what was not.
pub(crate) fn run(data: &Path, options: &Move, engine: &EngineAddress) -> Result<Value, Failure> {
    let destination = Destination::new(options, engine)?;
    // The engine without services holds the directory, so that no other starts meanwhile.
    stopped::with_admin(data, |local| {
        let mut inventory = Inventory::read(data)?;
        destination.admit(&mut inventory)?;
        inventory.leave_objects_in_use();
        if options.dry_run {
            return Ok(report(&inventory, &Moved::default(), options));
        }
        if !inventory.stays.is_empty() && !options.leave {
            return Err(Failure::new(Cause::Conflict, refusal(&inventory)));
        }
        let mut notes = Notes::open(data, &options.to_admin)?;
        let mut moved = Moved::default();
        let total = (inventory.objects.len() + inventory.calls.len()) as u64;
        let done = std::sync::atomic::AtomicU64::new(0);
        let count = || done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let line = || progress::bar("move", done.load(std::sync::atomic::Ordering::Relaxed), total);
        progress::shown(line, || {
            for object in &inventory.objects {
                moved.objects += u64::from(move_object(object, &destination, &mut notes)?);
                count();
            }
            for call in &inventory.calls {
                moved.calls += u64::from(move_call(call, &destination, &mut notes, &local)?);
                count();
            }
            Ok::<_, Failure>(())
        })?;
        Ok(report(&inventory, &moved, options))
    })
}

/// What this run has moved.
#[derive(Default)]
struct Moved {
    objects: u64,
    calls: u64,
}

/// Whether the object had not been moved before.
fn move_object(
    object: &Object,
    destination: &Destination,
    notes: &mut Notes,
) -> Result<bool, Failure> {
    if notes.has_object(object) {
        return Ok(false);
    }
    destination.store(object)?;
    notes.add_object(object)?;
    Ok(true)
}

/// Whether the call had not been moved before.
fn move_call(
    call: &PendingCall,
    destination: &Destination,
    notes: &mut Notes,
    local: &Admin,
) -> Result<bool, Failure> {
    let is_new = notes.sent_as(&call.id).is_none();
    if is_new {
        let now = view::now();
        if let Some(tried) = notes.tried_at(&call.id)
            && now - tried > REPEATABLE_MILLIS
            && !destination.has(call)?
        {
            let message = format!(
                "the call of {} ({}) was sent more than an hour ago, and no answer was noted; if the server \
                 has executed it, it may have forgotten it since. Look there whether it was executed: then \
                 kill {1} with `--data`, or else delete its line from `{}`",
                call.target(),
                call.id,
                notes.path().display()
            );
            return Err(Failure::new(Cause::Conflict, message));
        }
        notes.add_try(&call.id, now)?;
        let Delivery { id } = destination.send(call, now)?;
        notes.add_sent(&call.id, &id)?;
    }
    forget(&call.id, local)?;
    Ok(is_new)
}

/// Removes an invocation from the directory, so that no engine that is started on it makes the call again.
fn forget(id: &str, local: &Admin) -> Result<(), Failure> {
    let gone = |outcome: Result<Value, Failure>| match outcome {
        Ok(_) | Err(Failure { cause: Cause::NotFound | Cause::Conflict, .. }) => Ok(()),
        Err(failure) => Err(failure),
    };
    gone(local.request(Method::Post, &["invocations", id, "kill"], &[], b""))?;
    gone(local.request(Method::Post, &["invocations", id, "purge"], &[], b""))
}

fn report(inventory: &Inventory, moved: &Moved, options: &Move) -> Value {
    let stays = inventory.stays.iter();
    let stays = stays.map(
        |Stay { what, target, reason }| json!({ "what": what, "target": target, "reason": reason }),
    );
    let calls = inventory
        .calls
        .iter()
        .map(|call| json!({ "id": call.id, "target": call.target(), "delayed_until": call.due }));
    let objects = inventory.objects.iter().map(Object::to_string).collect::<Vec<_>>();
    json!({
        "dry_run": options.dry_run,
        "objects": objects,
        "calls": calls.collect::<Vec<_>>(),
        "moved_objects": moved.objects,
        "moved_calls": moved.calls,
        "stays": stays.collect::<Vec<_>>(),
        "not_carried": inventory.not_carried,
    })
}

fn refusal(inventory: &Inventory) -> String {
    let stays = inventory
        .stays
        .iter()
        .map(|Stay { what, target, reason }| format!("\n  {what} {target}: {reason}"));
    format!(
        "nothing was moved, because this cannot be moved:{}\nStart the engine again until these have ended, \
         or cancel them; or add `--leave`, which moves the rest",
        stays.collect::<String>()
    )
}
