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

#[path = "../pass/calls_from_every_context.rs"]
mod calls_from_every_context;
#[path = "../pass/calls_in_three_forms.rs"]
mod calls_in_three_forms;
#[path = "../pass/calls_joined.rs"]
mod calls_joined;
#[path = "../pass/calls_with_options.rs"]
mod calls_with_options;
#[path = "../pass/clock_inside_run.rs"]
mod clock_inside_run;
#[path = "../pass/clock_of_own_crate.rs"]
mod clock_of_own_crate;
#[path = "../pass/clock_only_logged.rs"]
mod clock_only_logged;
#[path = "../pass/context_identity_inside_run.rs"]
mod context_identity_inside_run;
#[path = "../pass/contexts_in_own_structs.rs"]
mod contexts_in_own_structs;
#[path = "../pass/contract_and_handlers_from_a_macro.rs"]
mod contract_and_handlers_from_a_macro;
#[path = "../pass/contract_with_attributes.rs"]
mod contract_with_attributes;
#[path = "../pass/errors_of_calls_handled.rs"]
mod errors_of_calls_handled;
#[path = "../pass/everything_inside_run.rs"]
mod everything_inside_run;
#[path = "../pass/functions_with_well_known_names.rs"]
mod functions_with_well_known_names;
#[path = "../pass/handlers_beside_other_methods.rs"]
mod handlers_beside_other_methods;
#[path = "../pass/handlers_in_modules.rs"]
mod handlers_in_modules;
#[path = "../pass/hash_map_looked_up.rs"]
mod hash_map_looked_up;
#[path = "../pass/hash_map_shadowed_by_ordered_map.rs"]
mod hash_map_shadowed_by_ordered_map;
#[path = "../pass/helpers_generic_over_channel.rs"]
mod helpers_generic_over_channel;
#[path = "../pass/helpers_generic_over_state.rs"]
mod helpers_generic_over_state;
#[path = "../pass/helpers_take_contexts.rs"]
mod helpers_take_contexts;
#[path = "../pass/hostile_names_of_crates.rs"]
mod hostile_names_of_crates;
#[path = "../pass/hostile_names_of_handlers.rs"]
mod hostile_names_of_handlers;
#[path = "../pass/hostile_names_of_types.rs"]
mod hostile_names_of_types;
#[path = "../pass/implementations_with_generics.rs"]
mod implementations_with_generics;
#[path = "../pass/implementations_without_async_fn.rs"]
mod implementations_without_async_fn;
#[path = "../pass/methods_with_well_known_names.rs"]
mod methods_with_well_known_names;
#[path = "../pass/nested_function_reads_clock_for_run.rs"]
mod nested_function_reads_clock_for_run;
#[path = "../pass/nondeterminism_allowed.rs"]
mod nondeterminism_allowed;
#[path = "../pass/object_of_the_contract.rs"]
mod object_of_the_contract;
#[path = "../pass/ordered_map_in_order.rs"]
mod ordered_map_in_order;
#[path = "../pass/payloads_of_every_kind.rs"]
mod payloads_of_every_kind;
#[path = "../pass/random_numbers_of_the_context.rs"]
mod random_numbers_of_the_context;
#[path = "../pass/results_written_out.rs"]
mod results_written_out;
#[path = "../pass/run_borrows_locals_and_self.rs"]
mod run_borrows_locals_and_self;
#[path = "../pass/run_of_closure_by_name.rs"]
mod run_of_closure_by_name;
#[path = "../pass/run_of_closure_that_calls_another.rs"]
mod run_of_closure_that_calls_another;
#[path = "../pass/run_with_context_shadowed.rs"]
mod run_with_context_shadowed;
#[path = "../pass/select_biased.rs"]
mod select_biased;
#[path = "../pass/select_with_run_in_a_branch.rs"]
mod select_with_run_in_a_branch;
#[path = "../pass/service_without_handlers.rs"]
mod service_without_handlers;
#[path = "../pass/settings_in_a_trait.rs"]
mod settings_in_a_trait;
#[path = "../pass/shadowed_prelude.rs"]
mod shadowed_prelude;
#[path = "../pass/values_dropped.rs"]
mod values_dropped;
#[path = "../pass/workflow_of_the_contract.rs"]
mod workflow_of_the_contract;
#[path = "../pass/workflow_with_run_marked.rs"]
mod workflow_with_run_marked;

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
