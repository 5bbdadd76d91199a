//! Figures of an engine as text for Prometheus.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use restate_core::metrics::{Counter, Exposition, Histogram, Kind, UNKNOWN, expose_process};

use crate::model::{
    catalog::{Catalog, SharedCatalog},
    figures::{EngineFigures, HandlerFigures, RequestOutcome, StatusName},
};

/// Where the figures of an engine are.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    pub(crate) catalog: SharedCatalog,
    pub(crate) engine: Arc<EngineFigures>,
    /// The file of the database, if it is on a disk.
    pub(crate) database: Option<PathBuf>,
}

impl Metrics {
    /// All figures. Reads a few files, and asks nothing of the engine's thread: it also answers while that
    /// waits for a disk.
    pub(crate) fn text(&self) -> String {
        let mut exposition = Exposition::default();
        exposition
            .family("restate_build_info", Kind::Gauge, "1, with the version of the engine.")
            .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
        handlers(&mut exposition, &self.catalog.get());
        timers(&mut exposition, &self.engine);
        disk(&mut exposition, &self.engine, self.database.as_deref());
        expose_process(&mut exposition);
        exposition.finish()
    }
}

/// The figures of one handler, with its names.
type Named<'a> = (&'a str, &'a str, &'a HandlerFigures);

fn handlers(exposition: &mut Exposition, catalog: &Catalog) {
    let known = catalog.handler_figures();
    let all: Vec<Named<'_>> =
        known.chain([(UNKNOWN, UNKNOWN, &**catalog.unknown_figures())]).collect();
    requests(exposition, &all);
    invocations(exposition, &all);
    let mut counters = |name, help, counter: fn(&HandlerFigures) -> &Counter| {
        exposition.family(name, Kind::Counter, help);
        for (service, handler, figures) in &all {
            exposition.sample(&labels(service, handler), counter(figures).value());
        }
    };
    counters("restate_attempts_total", "Attempts that were started.", |it| &it.attempts);
    counters("restate_attempts_failed_total", "Attempts that failed or were lost.", |it| {
        &it.failed_attempts
    });
    counters("restate_retries_total", "Failed attempts after which another is made.", |it| {
        &it.retries
    });
    counters("restate_suspensions_total", "Attempts that ended to wait.", |it| &it.suspensions);
}

fn requests(exposition: &mut Exposition, all: &[Named<'_>]) {
    let help = "Calls and sends from clients, by what came of them.";
    exposition.family("restate_requests_total", Kind::Counter, help);
    for (service, handler, figures) in all {
        for (outcome, count) in RequestOutcome::NAMES.iter().zip(&figures.requests) {
            let [service, handler] = labels(service, handler);
            exposition.sample(&[service, handler, ("outcome", outcome)], count.value());
        }
    }
    let help = "Time from a request of a client to the beginning of its response.";
    histograms(exposition, "restate_request_duration_seconds", help, all, |it| &it.request_time);
}

fn invocations(exposition: &mut Exposition, all: &[Named<'_>]) {
    let help = "Invocations that were accepted, from clients and handlers.";
    exposition.family("restate_invocations_created_total", Kind::Counter, help);
    for (service, handler, figures) in all {
        exposition.sample(&labels(service, handler), figures.created.value());
    }
    let help = "Invocations that have ended, by how.";
    exposition.family("restate_invocations_completed_total", Kind::Counter, help);
    for (service, handler, figures) in all {
        let [service, handler] = labels(service, handler);
        let failed = figures.failed.value();
        // One that ends in between may be missing, but is not counted twice.
        let succeeded = figures.duration.count().saturating_sub(failed);
        for (outcome, count) in [("succeeded", succeeded), ("failed", failed)] {
            exposition.sample(&[service, handler, ("outcome", outcome)], count);
        }
    }
    let help = "Time from the arrival of an invocation to its end, with all waiting.";
    histograms(exposition, "restate_invocation_duration_seconds", help, all, |it| &it.duration);
    let help = "Invocations that have not ended, by what they do; those that are scheduled for later \
                count from then on.";
    exposition.family("restate_invocations", Kind::Gauge, help);
    for (service, handler, figures) in all {
        let [service, handler] = labels(service, handler);
        for (status, count) in StatusName::ALL.iter().zip(&figures.invocations) {
            exposition.sample(&[service, handler, ("status", status.text())], count.value());
        }
    }
}

fn timers(exposition: &mut Exposition, engine: &EngineFigures) {
    let timers = &engine.timers;
    exposition.family("restate_timers_fired_total", Kind::Counter, "Timers that were fired.");
    for (kind, count) in [
        ("scheduled", &timers.scheduled),
        ("sleep", &timers.sleeps),
        ("retention", &timers.retention),
    ] {
        exposition.sample(&[("kind", kind)], count.value());
    }
    exposition
        .family(
            "restate_timer_lateness_seconds",
            Kind::Histogram,
            "How late timers were fired; those that were due while no engine ran are late.",
        )
        .histogram(&[], &timers.lateness);
    exposition
        .family(
            "restate_timers_overdue_seconds",
            Kind::Gauge,
            "How long the oldest timer has been due that is not fired; 0 if none is due.",
        )
        .sample(&[], seconds(timers.overdue.value()));
    exposition
        .family(
            "restate_timers_pending",
            Kind::Gauge,
            "Timers that are not fired: delayed calls, sleeps, and results and journals that expire.",
        )
        .sample(&[], timers.pending.value());
}

fn disk(exposition: &mut Exposition, engine: &EngineFigures, database: Option<&Path>) {
    exposition
        .family("restate_commits_total", Kind::Counter, "Groups of writes that were committed.")
        .sample(&[], engine.commits.value());
    exposition
        .family("restate_commit_writes", Kind::Histogram, "Writes in each group.")
        .histogram(&[], &engine.commit_writes);
    exposition
        .family("restate_sync_duration_seconds", Kind::Histogram, "Time of each sync of the disk.")
        .histogram(&[], &engine.sync_time);
    let Some(database) = database else { return };
    exposition
        .family("restate_database_size_bytes", Kind::Gauge, "Length of the database.")
        .sample(&[], length(database));
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    exposition
        .family(
            "restate_log_size_bytes",
            Kind::Gauge,
            "Length of the write-ahead log, with the room that is kept behind its end.",
        )
        .sample(&[], length(Path::new(&log)));
}

fn histograms(
    exposition: &mut Exposition,
    name: &'static str,
    help: &str,
    all: &[Named<'_>],
    histogram: fn(&HandlerFigures) -> &Histogram,
) {
    exposition.family(name, Kind::Histogram, help);
    for (service, handler, figures) in all {
        exposition.histogram(&labels(service, handler), histogram(figures));
    }
}

fn labels<'a>(service: &'a str, handler: &'a str) -> [(&'static str, &'a str); 2] {
    [("service", service), ("handler", handler)]
}

/// 0 for a file that is not there.
fn length(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |metadata| metadata.len())
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus has no other numbers")]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}
