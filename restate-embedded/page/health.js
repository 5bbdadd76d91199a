// Whether the engine works, and how much of what it has.

import { get, sql } from "./api.js";
import { facts, h, table } from "./dom.js";
import * as format from "./format.js";
import { live } from "./live.js";

const COUNTS = "SELECT status, count(*) AS count FROM invocations_unfinished GROUP BY status ORDER BY status";

// What there is besides; the times of timers are milliseconds since 1970.
const FIGURES = `SELECT (SELECT count(*) FROM completed) AS completed, (SELECT count(*) FROM completed WHERE failed) AS failed,
  (SELECT count(*) FROM timer) AS timers, (SELECT min(due) FROM timer) AS due,
  (SELECT count(*) FROM timer WHERE due < CAST(unixepoch('subsec') * 1000 AS INTEGER) - 1000) AS late,
  (SELECT count(*) FROM awaiter) AS awaiters, (SELECT count(*) FROM (SELECT DISTINCT service, key, scope FROM main.state)) AS objects,
  (SELECT count(*) FROM main.state) AS values_stored, (SELECT count(*) FROM rule WHERE NOT disabled) AS rules,
  (SELECT count(*) FROM deployment) AS deployments`;

const number = (value) => value.toLocaleString("en");

function figures(it) {
  return facts([
    ["Results that are kept", `${number(it.completed)}, of which ${number(it.failed)} are failures`],
    ["Timers", number(it.timers)],
    ["Next timer", format.time(it.due)],
    ["Timers late by more than a second", number(it.late)],
    ["Invocations that wait for others' results", number(it.awaiters)],
    ["Objects with state", `${number(it.objects)}, with ${number(it.values_stored)} values`],
    ["Rules of limits in force", number(it.rules)],
    ["Deployments behind URLs", number(it.deployments)],
  ]);
}

export async function health(signal) {
  const shown = h("div", {});
  const load = async () => {
    const start = performance.now();
    const ready = await get("/ready");
    const took = performance.now() - start;
    const [version, counts, [all]] = await Promise.all([get("/version"), sql(COUNTS), sql(FIGURES)]);
    const row = (it) => h("tr", {}, h("td", {}, format.status(it.status)), h("td", {}, String(it.count)));
    shown.replaceChildren(
      facts([
        ["Engine", ready.status],
        ["Answers after", `${took.toFixed(1)} ms`],
        ["Version", version.version],
      ]),
      h("h2", {}, "Figures"),
      figures(all),
      h("h2", {}, "Unfinished invocations"),
      counts.length === 0 ? h("p", {}, "There are none.") : table("Unfinished invocations by status", ["Status", "Number"], counts.map(row)),
    );
  };
  const { problems } = await live(load, signal);
  return h("section", {}, h("h1", {}, "Health"), problems, shown);
}
