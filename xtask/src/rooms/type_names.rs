//! Types that share a name.

use std::collections::BTreeMap;

use super::module::{Source, TypeName};

/// One message for each name that a crate gives to several types.
pub(super) fn check(source: &Source) -> Vec<String> {
    let mut types = BTreeMap::<_, Vec<_>>::new();
    for TypeName { name, file, line } in &source.types {
        types.entry(name).or_default().push(source.place(*file, *line));
    }
    let twins = types.iter_mut().filter(|(_, places)| places.len() > 1);
    twins
        .map(|(name, places)| {
            places.sort();
            format!(
                "{}: `{name}` names several types of this crate, also at {}; rename all but one, so \
                 that a name has one meaning",
                places[0],
                places[1..].join(" and ")
            )
        })
        .collect()
}
