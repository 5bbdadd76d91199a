// The list of invocations: filtered, live, a page at a time.

import { ACTIONS, buttons } from "./actions.js";
import { get, query } from "./api.js";
import { h, table } from "./dom.js";
import { choice, field, form } from "./filters.js";
import * as format from "./format.js";
import { live } from "./live.js";

const PAGE = 50;
const STATUSES = ["running", "pending", "backing-off", "suspended", "paused", "scheduled", "held-back", "unbound", "succeeded", "failed"];
const FILTERS = ["service", "handler", "key", "status", "older_than", "scope"];

function filters(parameters, services, show) {
  const fields = [
    choice(parameters, "service", "Service", services),
    field(parameters, "handler", "Handler"),
    field(parameters, "key", "Key"),
    choice(parameters, "status", "Status", STATUSES),
    field(parameters, "older_than", "Older than", { placeholder: "10m", size: 6 }),
    field(parameters, "id", "Id", { placeholder: "inv_1…" }),
  ];
  const place = ({ id, ...others }) =>
    id.trim() === "" ? `/ui/invocations${query(others)}` : `/ui/invocations/${encodeURIComponent(id.trim())}`;
  return form(fields, place, show);
}

function row(found, chosen) {
  const box = h("input", {
    type: "checkbox",
    "aria-label": `choose ${found.id}`,
    checked: chosen.has(found.id),
    change: (event) => (event.target.checked ? chosen.add(found.id) : chosen.delete(found.id)),
  });
  const due = found.scheduled_start_at ?? found.next_retry_at ?? found.wakes_at;
  const key = found.key && (found.handler ? format.object(found.service, found.key, found.scope) : found.key);
  return h(
    "tr",
    { "data-id": found.id },
    h("td", {}, box),
    h("td", {}, format.invocation(found.id)),
    h("td", {}, format.service(found.service), h("span", { class: "handler" }, `/${found.handler}`)),
    h("td", { class: "key" }, key ?? ""),
    h("td", {}, format.status(found.status)),
    h("td", {}, format.time(found.created_at) ?? ""),
    h("td", {}, due ? format.time(due) : ""),
    h("td", { class: "reason" }, found.last_failure ?? found.error ?? ""),
  );
}

const FOCUSABLE = "a, input";
const COLUMNS = [h("span", { class: "hidden" }, "Chosen"), "Id", "Handler", "Key", "Status", "Created", "Due", "Last failure"];

// The list of the invocations that match the parameters of the address.
export async function list(parameters, signal, show) {
  const wanted = { limit: PAGE };
  for (const name of [...FILTERS, "before"]) wanted[name] = parameters.get(name) ?? undefined;
  const load = async () => (await get(`/invocations${query(wanted)}`)).invocations;
  const chosen = new Set();
  const shown = table("Invocations, the newest first", COLUMNS, []);
  const body = shown.querySelector("tbody");
  const pages = h("p", { class: "pages" });

  const fill = async () => {
    const rows = await load();
    const focused = document.activeElement;
    const place = body.contains(focused) ? focused.closest("tr") : null;
    const index = place && [...place.querySelectorAll(FOCUSABLE)].indexOf(focused);
    body.replaceChildren(...rows.map((found) => row(found, chosen)));
    // The same link or box of the same invocation.
    if (place) body.querySelector(`tr[data-id="${CSS.escape(place.dataset.id)}"]`)?.querySelectorAll(FOCUSABLE)[index]?.focus({ preventScroll: true });
    const { limit, before, ...others } = wanted;
    const last = rows.at(-1)?.id;
    pages.replaceChildren(
      ...[
        before && h("a", { href: `/ui/invocations${query(others)}` }, "Newest"),
        rows.length === limit && h("a", { href: `/ui/invocations${query({ ...others, before: last })}` }, "Older"),
        rows.length === 0 && h("span", {}, "No invocation matches."),
      ].filter(Boolean),
    );
  };
  const [services, { problems, done }] = await Promise.all([get("/services"), live(fill, signal)]);
  const all = h("input", {
    type: "checkbox",
    id: "all",
    change: (event) => {
      for (const box of body.querySelectorAll("input[type=checkbox]")) {
        box.checked = event.target.checked;
        box.dispatchEvent(new Event("change"));
      }
    },
  });
  return h(
    "section",
    {},
    h("h1", {}, "Invocations"),
    filters(parameters, services.services.map((it) => it.name), show),
    h("div", { class: "bar" }, h("label", {}, all, " all on this page"), buttons(Object.keys(ACTIONS), () => [...chosen], done)),
    problems,
    shown,
    pages,
  );
}
