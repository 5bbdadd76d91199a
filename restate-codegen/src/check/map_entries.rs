//! The rule for map entries, which compilers generate for map fields.

use prost_reflect::MessageDescriptor;

use crate::{
    error::{CodegenError, Mistake},
    load::Contract,
    location::SourceLocation,
};

/// Reports map entries whose fields are not `key` and `value`.
///
/// Compilers never write them, but other tools that edit descriptors may; prost-build would panic.
pub(crate) fn check(contract: &Contract) -> Result<(), CodegenError> {
    let messages = contract.pool().all_messages();
    let broken = messages.filter(|message| message.is_map_entry() && !is_entry(message));
    let mistakes: Vec<_> = broken
        .map(|entry| {
            let message = format!(
                "`{}` is marked as a map entry, but its fields are not `key = 1` and `value = 2`; \
                 create the descriptor set with protoc or `buf build`",
                entry.full_name()
            );
            Mistake::at(SourceLocation::of(&entry.parent_file(), entry.path()), message)
        })
        .collect();
    CodegenError::unless_empty(mistakes)
}

fn is_entry(message: &MessageDescriptor) -> bool {
    let fields = message.descriptor_proto().field.iter();
    fields.map(|field| (field.name(), field.number())).eq([("key", 1), ("value", 2)])
}
