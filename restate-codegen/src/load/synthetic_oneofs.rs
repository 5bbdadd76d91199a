//! Renames synthetic oneofs whose names are taken.
//!
//! The oneof of `optional string oo` is called `_oo`; if the contract has a `_oo` of its own, protoc calls
//! it `X_oo`. protox does not look.

use std::collections::HashSet;

use prost_types::{DescriptorProto, FileDescriptorProto};

/// Returns whether `file` has changed.
pub(super) fn rename(file: &mut FileDescriptorProto) -> bool {
    rename_in_all(&mut file.message_type)
}

fn rename_in_all(messages: &mut [DescriptorProto]) -> bool {
    let mut changed = false;
    for message in messages {
        changed |= rename_in(message);
    }
    changed
}

fn rename_in(message: &mut DescriptorProto) -> bool {
    let optional = message.field.iter().filter(|field| field.proto3_optional());
    let synthetic = optional.filter_map(|field| usize::try_from(field.oneof_index?).ok());
    let synthetic: HashSet<_> = synthetic.collect();
    let mut taken = names(message, &synthetic);
    let mut changed = false;
    for (index, oneof) in message.oneof_decl.iter_mut().enumerate() {
        let Some(name) = oneof.name.as_mut().filter(|_| synthetic.contains(&index)) else {
            continue;
        };
        while !taken.insert(name.clone()) {
            name.insert(0, 'X');
            changed = true;
        }
    }
    rename_in_all(&mut message.nested_type) || changed
}

/// The names of fields and of the contract's own oneofs, as protoc compares them.
fn names(message: &DescriptorProto, synthetic: &HashSet<usize>) -> HashSet<String> {
    let oneofs = message.oneof_decl.iter().enumerate();
    let oneofs = oneofs.filter(|(index, _)| !synthetic.contains(index)).map(|(_, it)| it.name());
    message.field.iter().map(|it| it.name()).chain(oneofs).map(str::to_owned).collect()
}
