// Whether the engine works, and how much of what it has and does.

import { get, getText, sql } from "./api.js";
import { facts, h, table } from "./dom.js";
import * as format from "./format.js";
import { live } from "./live.js";
import { mean, samples, total } from "./metrics.js";

// What is stored; the times of timers are milliseconds since 1970.
const STORED = `SELECT (SELECT count(*) FROM completed) AS completed, (SELECT count(*) FROM completed WHERE failed) AS failed,
  (SELECT count(*) FROM invocation WHERE phase = 0) AS scheduled,
  (SELECT count(*) FROM timer) AS timers, (SELECT min(due) FROM timer) AS due,
  (SELECT count(*) FROM (SELECT DISTINCT service, key, scope FROM main.state)) AS objects,
  (SELECT count(*) FROM main.state) AS values_stored, (SELECT count(*) FROM rule WHERE NOT disabled) AS rules,
  (SELECT count(*) FROM deployment) AS deployments`;

const number = (value) => value.toLocaleString("en", { maximumFractionDigits: 1 });
const milliseconds = (value) => (value === null ? null : `${number(value * 1000)} ms`);
const mebibytes = (value) => `${number(value / 2 ** 20)} MiB`;

function stored(it) {
  return facts([
    ["Results that are kept", `${number(it.completed)}, of which ${number(it.failed)} are failures`],
    ["Scheduled invocations", number(it.scheduled)],
    ["Timers", number(it.timers)],
    ["Next timer", format.time(it.due)],
    ["Objects with state", `${number(it.objects)}, with ${number(it.values_stored)} values`],
    ["Rules of limits in force", number(it.rules)],
    ["Deployments behind URLs", number(it.deployments)],
  ]);
}

// Since the process has started.
function counted(all) {
  const sum = (name, labels) => number(total(all, name, labels));
  return facts([
    ["Requests", `${sum("restate_requests_total")}, of which ${sum("restate_requests_total", { outcome: "failed" })} failed and ${sum("restate_requests_total", { outcome: "refused" })} were refused`],
    ["Time of a request", milliseconds(mean(all, "restate_request_duration_seconds"))],
    ["Invocations", `${sum("restate_invocations_created_total")} created, ${sum("restate_invocations_completed_total")} ended`],
    ["Attempts", `${sum("restate_attempts_total")}, of which ${sum("restate_attempts_failed_total")} failed`],
    ["Suspensions", sum("restate_suspensions_total")],
    ["Commits", sum("restate_commits_total")],
    ["Time of a sync of the disk", milliseconds(mean(all, "restate_sync_duration_seconds"))],
    ["Lateness of timers", milliseconds(mean(all, "restate_timer_lateness_seconds"))],
    ["Timer that is due longest", `${sum("restate_timers_overdue_seconds")} s`],
    ["Database", mebibytes(total(all, "restate_database_size_bytes"))],
    ["Write-ahead log", mebibytes(total(all, "restate_log_size_bytes"))],
    ["Memory of the process", mebibytes(total(all, "process_resident_memory_bytes"))],
    ["Processor time", `${sum("process_cpu_seconds_total")} s`],
    ["Started", format.time(total(all, "process_start_time_seconds") * 1000)],
  ]);
}

function statuses(all) {
  const counts = new Map();
  for (const { labels, value } of all.filter((it) => it.name === "restate_invocations" && it.value > 0)) {
    counts.set(labels.status, (counts.get(labels.status) ?? 0) + value);
  }
  if (counts.size === 0) return h("p", {}, "There are none.");
  const link = (status) => h("a", { href: `/ui/invocations?status=${encodeURIComponent(status)}` }, format.status(status));
  const row = ([status, count]) => h("tr", {}, h("td", {}, link(status)), h("td", {}, number(count)));
  return table("Invocations by status", ["Status", "Number"], [...counts].sort().map(row));
}

export async function health(signal) {
  const shown = h("div", {});
  const load = async () => {
    const start = performance.now();
    const ready = await get("/ready");
    const took = performance.now() - start;
    const [version, text, [all]] = await Promise.all([get("/version"), getText("/metrics"), sql(STORED)]);
    const figures = samples(text);
    shown.replaceChildren(
      facts([
        ["Engine", ready.status],
        ["Answers after", `${number(took)} ms`],
        ["Version", version.version],
      ]),
      h("h2", {}, "Invocations that have not ended"),
      statuses(figures),
      h("h2", {}, "Stored"),
      stored(all),
      h("h2", {}, "Since the start"),
      counted(figures),
    );
  };
  const { problems } = await live(load, signal);
  return h("section", {}, h("h1", {}, "Health"), problems, shown);
}
