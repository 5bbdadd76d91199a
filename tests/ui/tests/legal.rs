//! Programs that are legal and must stay so, without a warning: each a module of this crate.

#![allow(
    clippy::all,
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "the programs show what is legal, not what is best"
)]

use std::{collections::BTreeSet, fs};

#[path = "../pass/calls.rs"]
mod calls;
#[path = "../pass/clocks_and_random_numbers.rs"]
mod clocks_and_random_numbers;
#[path = "../pass/contract_and_handlers_from_a_macro.rs"]
mod contract_and_handlers_from_a_macro;
#[path = "../pass/contracts.rs"]
mod contracts;
#[path = "../pass/functions_with_well_known_names.rs"]
mod functions_with_well_known_names;
#[path = "../pass/handlers_in_modules.rs"]
mod handlers_in_modules;
#[path = "../pass/helpers.rs"]
mod helpers;
#[path = "../pass/hostile_names_of_crates.rs"]
mod hostile_names_of_crates;
#[path = "../pass/hostile_names_of_handlers.rs"]
mod hostile_names_of_handlers;
#[path = "../pass/hostile_names_of_types.rs"]
mod hostile_names_of_types;
#[path = "../pass/implementations.rs"]
mod implementations;
#[path = "../pass/methods_with_well_known_names.rs"]
mod methods_with_well_known_names;
#[path = "../pass/object_of_the_contract.rs"]
mod object_of_the_contract;
#[path = "../pass/order.rs"]
mod order;
#[path = "../pass/payloads_of_every_kind.rs"]
mod payloads_of_every_kind;
#[path = "../pass/run_steps.rs"]
mod run_steps;
#[path = "../pass/settings_in_a_trait.rs"]
mod settings_in_a_trait;
#[path = "../pass/shadowed_prelude.rs"]
mod shadowed_prelude;
#[path = "../pass/values_dropped.rs"]
mod values_dropped;
#[path = "../pass/workflow_of_the_contract.rs"]
mod workflow_of_the_contract;

#[path = "../pass/borrowed_values.rs"]
mod borrowed_values;
#[path = "../pass/details.rs"]
mod details;
#[path = "../pass/failures_of_grpc_calls.rs"]
mod failures_of_grpc_calls;
#[path = "../pass/results_of_handlers.rs"]
mod results_of_handlers;
#[test]
fn a_handler_with_a_shared_context_is_shared() {
    use restate_core::{Service, contract::HandlerKind};

    let server = contracts::ShelfServer::new(contracts::Full);
    let handlers = server.descriptor().handlers().iter().map(|it| (it.name(), it.kind()));
    let expected = [("put", HandlerKind::Exclusive), ("list", HandlerKind::Shared)];
    assert_eq!(handlers.collect::<Vec<_>>(), expected);
}

#[test]
fn every_program_is_compiled() {
    let listed: BTreeSet<_> = include_str!("legal.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("#[path = \"../pass/")?.strip_suffix("\"]"))
        .map(str::to_owned)
        .collect();
    let programs = fs::read_dir("pass").unwrap();
    let programs: BTreeSet<_> =
        programs.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(listed, programs);
}
