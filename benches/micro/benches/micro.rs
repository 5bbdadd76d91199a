//! `cargo bench -p restate-micro` times all cases; `-- machine` those with `machine` in their name.

use divan::{Bencher, counter::ItemsCount};
use restate_micro::{Case, cases};

fn main() {
    divan::main();
}

#[divan::bench(args = cases())]
fn micro(bencher: Bencher<'_, '_>, case: Case) {
    bencher
        .counter(ItemsCount::new(case.repetitions()))
        .with_inputs(|| case.prepare())
        .bench_local_refs(|run| run());
}
