//! Entries of maps, which no contract spells out: whoever makes descriptors has to get them right.

use prost_reflect::MessageDescriptor;

use crate::{
    error::{Error, Mistake},
    load::Contract,
    location::Place,
};

/// Fails for each entry of a map that has other fields than `key` and `value`, as prost-build would
/// without a word of where.
pub(crate) fn check(contract: &Contract) -> Result<(), Error> {
    let messages = contract.pool().all_messages();
    let broken = messages.filter(|message| message.is_map_entry() && !is_entry(message));
    let mistakes: Vec<_> = broken
        .map(|entry| {
            let message = format!(
                "`{}` is marked as an entry of a map, but has other fields than `key = 1` and \
                 `value = 2`; make the descriptor set with protoc or `buf build`",
                entry.full_name()
            );
            Mistake::new(Place::of(&entry.parent_file(), entry.path()), message)
        })
        .collect();
    if mistakes.is_empty() { Ok(()) } else { Err(Error::contract(mistakes)) }
}

fn is_entry(message: &MessageDescriptor) -> bool {
    let fields = message.descriptor_proto().field.iter();
    fields.map(|field| (field.name(), field.number())).eq([("key", 1), ("value", 2)])
}
