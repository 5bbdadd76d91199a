//! Commits of a store: the five commits in the life of a group of invocations.

use restate_embedded::internals::{BareEffects, BareStore};
use tempfile::TempDir;

use crate::{
    case::{Case, Run},
    script::{Invocations, Moment},
};

pub(crate) const CASES: &[Case] = &[
    Case::new("store/memory/1", || in_memory(1)),
    Case::new("store/memory/128", || in_memory(128)).times(128),
    Case::new("store/sqlite/1", || on_disk(1)),
    Case::new("store/sqlite/128", || on_disk(128)).times(128),
];

fn in_memory(count: usize) -> Run {
    commits(count, BareStore::in_memory(), ())
}

fn on_disk(count: usize) -> Run {
    let directory = TempDir::new().expect("there is a place for temporary files");
    let store = BareStore::open(&directory.path().join("restate.sqlite"));
    commits(count, store.expect("a new database can be opened"), directory)
}

fn commits<Place: 'static>(count: usize, mut store: BareStore, place: Place) -> Run {
    let mut invocations = Invocations::new(count);
    // A first pass prepares the statements and reads the first pages.
    commit(&mut store, &mut groups(&mut invocations));
    let mut groups = groups(&mut invocations);
    Box::new(move || {
        let _ = &place;
        commit(&mut store, &mut groups);
    })
}

fn groups(invocations: &mut Invocations) -> Vec<Vec<BareEffects>> {
    let group = |moment| {
        let mut group = Vec::new();
        invocations.step(moment, |effects| group.push(effects));
        group
    };
    Moment::ALL.map(group).into()
}

fn commit(store: &mut BareStore, groups: &mut Vec<Vec<BareEffects>>) {
    for group in groups.drain(..) {
        let added = group.into_iter().try_for_each(|effects| store.add(effects));
        added.and_then(|()| store.commit()).expect("the disk takes it");
    }
}
