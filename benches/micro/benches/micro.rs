//! `cargo bench -p restate-micro` times all cases; `-- machine` those with `machine` in their name.

use divan::{Bencher, counter::ItemsCount};
use restate_micro::Case;

fn main() {
    divan::main();
}

#[divan::bench(args = Case::all())]
fn micro(bencher: Bencher<'_, '_>, case: Case) {
    bencher
        .counter(ItemsCount::new(case.repetitions()))
        .with_inputs(|| case.prepare())
        .bench_local_refs(|run| run());
}
