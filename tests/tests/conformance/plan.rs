//! Which behaviours are tested where.

use crate::{
    configuration::{Configuration, Platform},
    scenario::{Scenario, scenarios},
};

/// Scenarios that share a running platform.
pub struct Group {
    pub platform: Platform,
    pub configuration: Configuration,
    pub scenarios: Vec<Scenario>,
}

/// All scenarios, grouped as in Restate's suite.
pub fn groups() -> Vec<Group> {
    use Configuration::{
        AlwaysSuspending, Default, LazyState, LazyStateAlwaysSuspending, PersistedTimers,
        RequestResponse, SinglePartition,
    };
    use Platform::{Cluster, Deployment, Embedded, Server};

    let group = |platform, configuration, scenarios| Group { platform, configuration, scenarios };
    vec![
        group(
            Embedded,
            Default,
            [
                anywhere(),
                waiting(),
                tried_again(),
                executed_again(),
                traced(),
                restarted(),
                limited(),
                scheduled(),
            ]
            .concat(),
        ),
        group(
            Embedded,
            AlwaysSuspending,
            [anywhere(), suspending(), executed_again(), restarted(), limited()].concat(),
        ),
        group(Embedded, LazyState, state()),
        group(Embedded, LazyStateAlwaysSuspending, state()),
        group(
            Deployment,
            Default,
            [
                anywhere(),
                waiting(),
                tried_again(),
                executed_again(),
                traced(),
                restarted(),
                limited(),
                signed(),
                overlapping(),
                unbound(),
            ]
            .concat(),
        ),
        group(
            Deployment,
            AlwaysSuspending,
            [anywhere(), suspending(), executed_again(), restarted(), limited()].concat(),
        ),
        group(Deployment, RequestResponse, [anywhere(), suspending(), restarted()].concat()),
        group(Deployment, LazyState, state()),
        group(Deployment, LazyStateAlwaysSuspending, state()),
        group(
            Server,
            Default,
            [
                anywhere(),
                waiting(),
                tried_again(),
                executed_again(),
                traced(),
                restarted(),
                of_servers(),
                scheduled(),
            ]
            .concat(),
        ),
        group(
            Server,
            AlwaysSuspending,
            [anywhere(), suspending(), executed_again(), restarted(), of_servers()].concat(),
        ),
        group(Server, SinglePartition, [anywhere(), waiting(), traced(), restarted()].concat()),
        group(Server, LazyState, state()),
        group(Server, LazyStateAlwaysSuspending, state()),
        group(Server, PersistedTimers, sleep()),
        group(Cluster, Default, [anywhere(), waiting(), traced(), of_clusters()].concat()),
        group(Cluster, AlwaysSuspending, [anywhere(), suspending()].concat()),
    ]
}

/// What is tested of services in another program: the same on both engines.
pub fn groups_of_a_program() -> Vec<Group> {
    use Configuration::{AlwaysSuspending, Default, RequestResponse};
    use Platform::{Program, ProgramOnServer};

    let groups = [Program, ProgramOnServer].map(|platform| {
        let group = |configuration, scenarios| Group { platform, configuration, scenarios };
        vec![
            group(Default, [of_the_suite(), waiting(), restarted(), signed()].concat()),
            group(AlwaysSuspending, [of_the_suite(), suspending(), restarted()].concat()),
            group(RequestResponse, [of_the_suite(), suspending()].concat()),
        ]
    });
    groups.into_iter().flatten().collect()
}

/// Scenarios for every platform.
fn anywhere() -> Vec<Scenario> {
    let own = scenarios! {
        messages:
            handlers_return_nothing_for_empty the_deepest_message_passes
            deeper_messages_are_refused;
        user_errors: details_reach_the_caller_by_their_types;
    };
    [of_the_suite(), own].concat()
}

/// Scenarios for every platform that need only the services of Restate's suite.
fn of_the_suite() -> Vec<Scenario> {
    let rest = scenarios! {
        cancellation: from_the_admin_api from_a_handler;
        combinators:
            awakeable_or_timeout_by_await_any
            awakeable_or_timeout_by_its_own_command
            first_successful_awakeable
            first_successful_or_all_failed_of_signals
            all_successful_or_first_failed_of_signals
            all_completed_of_signals
            first_completed_of_signals
            run_wins_the_race_against_a_signal
            a_signal_wins_after_a_run_has_failed
            all_succeeded_of_run_and_signal
            all_completed_of_runs_and_signal;
        interpreter: every_command_does_what_it_says;
        run_retry: with_success executed_only_once with_exhausted_attempts;
        service_to_service:
            regular_call a_message_in_bytes_keeps_all_fields one_way_call
            one_way_call_with_idempotency_key call_with_idempotency_key one_way_call_with_delay;
        signals: resolve reject;
        sleep_with_failures: crashed_handlers restarted_handlers;
        user_errors:
            terminal_failure several_terminal_failures propagated_failure failed_side_effect
            terminal_failure_with_metadata propagated_failure_with_metadata
            failed_side_effect_with_metadata state_set_before_a_failure_persists
            invocation_with_eventual_success;
        workflow_api: set_and_resolve;
    };
    [state(), sleep(), rest].concat()
}

fn state() -> Vec<Scenario> {
    scenarios! { state: add proxy_one_way_add list_state_and_clear_all; }
}

fn sleep() -> Vec<Scenario> {
    scenarios! { sleep: sleep many_sleeps; }
}

/// Scenarios for configurations that do not suspend.
fn waiting() -> Vec<Scenario> {
    scenarios! {
        call_ordering: ordering;
        ingress:
            headers_pass_through raw_handler invocations_are_looked_up ids_are_those_of_restate;
        kill_invocation: kill;
    }
}

/// Scenarios of what our handlers do by themselves.
fn traced() -> Vec<Scenario> {
    scenarios! { ingress: trace_context_reaches_handlers_and_their_callees; }
}

/// Scenarios that require that every wait suspends.
fn suspending() -> Vec<Scenario> {
    scenarios! {
        non_determinism:
            either_sleep_or_call call_different_method background_invoke_with_different_targets
            set_different_key;
        run_flush: flush;
    }
}

/// Scenarios of failed attempts.
fn tried_again() -> Vec<Scenario> {
    scenarios! {
        attempts:
            a_failure_names_the_delay a_failure_in_a_run_names_the_delay a_failure_pauses
            a_run_that_is_exhausted_pauses the_last_attempt_pauses the_last_attempt_ends_the_invocation
            the_last_attempt_of_a_run_fails_the_invocation;
    }
}

/// Scenarios that restart the whole platform.
fn restarted() -> Vec<Scenario> {
    scenarios! { restarts: a_crash_retains_state a_stop_retains_state; }
}

/// Scenarios of `restate-schedule`. In the first, everything is killed; it takes long.
fn scheduled() -> Vec<Scenario> {
    let long = scenarios! { schedules: each_time_fires_once_and_none_early; };
    [long, overlapping()].concat()
}

/// On a Restate server, the firing is tried again until the service is registered.
fn unbound() -> Vec<Scenario> {
    scenarios! { schedules: the_service_of_a_schedule_may_be_gone; }
}

fn overlapping() -> Vec<Scenario> {
    scenarios! { schedules: overlapping_calls_follow_the_policy; }
}

/// Scenarios of invocations that are executed again.
fn executed_again() -> Vec<Scenario> {
    scenarios! {
        restart_as_new:
            an_entry_is_kept_with_all_before_it a_restarted_invocation_is_restarted
            what_cannot_be_kept_is_refused;
    }
}

/// Scenarios of scopes and random numbers on the embedded engine.
fn limited() -> Vec<Scenario> {
    scenarios! {
        restart_as_new: random_numbers_are_kept;
        scope_concurrency:
            scope_and_limit_key_limit_what_runs ingress_calls_name_scope_and_limit_key
            objects_have_no_scopes;
    }
}

/// Scenarios of engines that sign their requests.
fn signed() -> Vec<Scenario> {
    scenarios! { request_signing: signed_requests_pass; }
}

/// Scenarios that configure the Restate server.
fn of_servers() -> Vec<Scenario> {
    let scopes = scenarios! {
        scope_concurrency:
            scope_and_limit_key_limit_what_runs ingress_calls_name_scope_and_limit_key
            objects_have_no_scopes
            scopes_are_rejected_where_they_are_disabled;
    };
    [signed(), scopes].concat()
}

/// Scenarios of clusters.
fn of_clusters() -> Vec<Scenario> {
    scenarios! { node_failure: calls_continue_and_count_once; }
}

impl Group {
    /// Names of the scenarios here.
    pub fn names(&self) -> Vec<String> {
        let title = self.title();
        self.scenarios.iter().map(|scenario| format!("{title}::{}", scenario.name)).collect()
    }

    pub fn title(&self) -> String {
        format!("{}::{}", self.platform, self.configuration)
    }
}
