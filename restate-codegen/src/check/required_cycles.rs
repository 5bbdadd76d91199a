//! The rule for required fields: no message requires itself.

use std::collections::HashSet;

use prost_reflect::{Cardinality, FieldDescriptor, Kind, MessageDescriptor};

use crate::{
    error::{CodegenError, Mistake},
    load::Contract,
    location::SourceLocation,
};

/// Reports messages that hold one of their own type in any case.
///
/// Such a message has no end, so nobody can send one; and its default value in Rust, which holds a
/// default value for each required field, would use up the stack.
pub(crate) fn check(contract: &Contract) -> Result<(), CodegenError> {
    let mut reported = HashSet::new();
    let mut mistakes = Vec::new();
    for message in contract.pool().all_messages() {
        let Some(cycle) = cycle(&message) else { continue };
        // Each message of a cycle finds it.
        let is_new =
            !cycle.iter().any(|field| reported.contains(field.parent_message().full_name()));
        if is_new {
            mistakes.push(mistake(&message, &cycle));
        }
        reported.extend(cycle.iter().map(|field| field.parent_message().full_name().to_owned()));
    }
    CodegenError::unless_empty(mistakes)
}

fn mistake(message: &MessageDescriptor, cycle: &[FieldDescriptor]) -> Mistake {
    let fields: Vec<_> = cycle.iter().map(|field| format!("`{}`", field.full_name())).collect();
    let text = format!(
        "`{}` requires itself by {}, so no such message can exist; make one of these fields optional",
        message.full_name(),
        fields.join(", "),
    );
    Mistake::at(SourceLocation::of(&message.parent_file(), cycle[0].path()), text)
}

/// The required fields that lead from `message` back to it, if any do.
fn cycle(message: &MessageDescriptor) -> Option<Vec<FieldDescriptor>> {
    let mut seen = HashSet::new();
    let mut paths: Vec<Vec<FieldDescriptor>> = required(message).map(|field| vec![field]).collect();
    while let Some(path) = paths.pop() {
        let Some(Kind::Message(next)) = path.last().map(FieldDescriptor::kind) else { continue };
        if next == *message {
            return Some(path);
        }
        if seen.insert(next.full_name().to_owned()) {
            paths.extend(required(&next).map(|field| [&path[..], &[field]].concat()));
        }
    }
    None
}

/// The required fields of `message` that are messages, the last one first.
fn required(message: &MessageDescriptor) -> impl Iterator<Item = FieldDescriptor> {
    let fields: Vec<_> = message.fields().collect();
    fields.into_iter().rev().filter(|field| {
        field.cardinality() == Cardinality::Required && matches!(field.kind(), Kind::Message(_))
    })
}
