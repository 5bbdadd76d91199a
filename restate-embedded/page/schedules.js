// Schedules of the crate `restate-schedule`: when they fire, and what changes that.

import { confirm } from "./actions.js";
import { get, path, post, query, quoted, sql } from "./api.js";
import { announce, facts, failure, h, table } from "./dom.js";
import { field, form } from "./filters.js";
import * as format from "./format.js";

const SERVICE = "schedules.v1.Schedule";

// Each one that is shown is asked for by a call.
const PAGE = 20;

const CHANGES = {
  Pause: "It does not fire until it is resumed. Times that pass meanwhile are not caught up with.",
  Resume: "It fires again, from its next time on.",
  Trigger: "Its call is made now, whatever else runs.",
  Delete: "It fires no more. What has started continues.",
};

const place = (name) => `/ui/schedules/${encodeURIComponent(name)}`;

async function ask(name, handler) {
  const reply = await post(path("services", SERVICE, "handlers", handler, "invoke"), { key: name });
  if (reply.result?.failure) throw new Error(reply.result.failure.message);
  return reply.result?.value ?? {};
}

function timing(spec = {}) {
  const { cron, interval, once, timeZone } = spec;
  if (cron) return `${cron}${timeZone ? ` (${timeZone})` : ""}`;
  return interval ? `every ${interval}` : once ? `once, at ${once}` : "";
}

const target = (call = {}) => [call.service, call.key, call.handler].filter(Boolean).join("/");

// 64-bit numbers are texts.
const time = (text) => format.time(Number(text ?? 0)) ?? "";

function row(name, found) {
  const { definition, progress = {} } = found ?? {};
  const known = definition ? [timing(definition.spec), target(definition.call), progress.paused ? "paused" : time(progress.next), time(progress.last?.time), progress.fired ?? "0"] : ["", "", "", "", ""];
  return h("tr", {}, h("td", { class: "key" }, h("a", { href: place(name) }, name)), known.map((it) => h("td", {}, it)));
}

async function isBound() {
  return (await get("/services")).services.some((it) => it.name === SERVICE);
}

// The list of schedules, in the order of their names.
export async function schedules(parameters, show) {
  const title = h("h1", {}, "Schedules");
  if (!(await isBound())) return h("section", {}, title, h("p", {}, `The service ${SERVICE} of the crate restate-schedule is not bound.`));
  const [text, after] = [parameters.get("name"), parameters.get("after")];
  const conditions = [`service = ${quoted(SERVICE)}`, "name = CAST('definition' AS BLOB)", text && `instr(key, ${quoted(text)}) > 0`, after && `key > ${quoted(after)}`].filter(Boolean);
  const names = (await sql(`SELECT key FROM main.state WHERE ${conditions.join(" AND ")} ORDER BY key LIMIT ${PAGE}`)).map((it) => it.key);
  let problem = null;
  const found = await Promise.all(names.map((name) => ask(name, "Describe").catch((error) => ((problem = error), null))));
  return h(
    "section",
    {},
    title,
    form([field(parameters, "name", "Name contains")], (values) => `/ui/schedules${query(values)}`, show),
    problem && failure(problem),
    table("Schedules", ["Name", "When", "Call", "Next", "Last", "Fired"], names.map((name, at) => row(name, found[at]))),
    h("p", { class: "pages" }, names.length === 0 && "No schedule matches.", names.length === PAGE && h("a", { href: `/ui/schedules${query({ name: text, after: names.at(-1) })}` }, "Next")),
  );
}

// One schedule, and what changes it.
export async function schedule(name) {
  const [shown, problems] = [h("div", {}), h("div", { class: "problems" })];
  const load = async () => {
    const { definition, progress = {} } = await ask(name, "Describe");
    if (definition === undefined) return shown.replaceChildren(h("p", {}, "There is no schedule of this name."));
    shown.replaceChildren(
      facts([
        ["When", timing(definition.spec)],
        ["Call", target(definition.call)],
        ["Declared by", definition.declaredBy],
        ["State", progress.paused ? "paused" : "active"],
        ["Next", time(progress.next)],
        ["Last", time(progress.last?.time)],
        ["Last call", progress.last?.invocationId && format.invocation(progress.last.invocationId)],
        ["Fired", progress.fired ?? "0"],
        ["Skipped", progress.skipped],
        ["Waiting times", progress.queue?.length || null],
      ]),
    );
  };
  const change = (handler) => async () => {
    try {
      if (!(await confirm(`${handler} ${name}?`, CHANGES[handler], handler))) return;
      await ask(name, handler);
      problems.replaceChildren();
      announce(`${handler}: done`);
      await load();
    } catch (error) {
      problems.replaceChildren(failure(error));
    }
  };
  const button = (handler) => h("button", { type: "button", "data-action": handler, click: change(handler) }, handler.toLowerCase());
  await load();
  return h("section", {}, h("h1", {}, name), h("div", { class: "buttons", role: "group", "aria-label": "Actions" }, Object.keys(CHANGES).map(button)), problems, shown, h("p", {}, "Its state: ", format.object(SERVICE, name)));
}
