// The list of invocations: searched, sorted, live, a page at a time.

import { ACTIONS, buttons } from "./actions.js";
import { get, query } from "./api.js";
import { h, table } from "./dom.js";
import { choice, field, form } from "./filters.js";
import * as format from "./format.js";
import { live } from "./live.js";
import { sorting } from "./sorting.js";

const PAGE = 50;
const STATUSES = ["running", "pending", "backing-off", "suspended", "paused", "scheduled", "held-back", "unbound", "succeeded", "failed"];
const FILTERS = ["service", "handler", "key", "status", "text", "newer_than", "older_than", "scope", "order"];

// How many invocations one request looks at, and how many requests fill a page: a search among millions must
// neither hold up the engine's other readers nor go on unseen.
const SCAN = 50_000;
const REQUESTS = 20;

function filters(parameters, services, show) {
  const fields = [
    choice(parameters, "service", "Service", services),
    field(parameters, "handler", "Handler"),
    field(parameters, "key", "Key"),
    choice(parameters, "status", "Status", STATUSES),
    field(parameters, "text", "Text", { placeholder: "in ids, keys, requests, results, failures" }),
    field(parameters, "newer_than", "Newer than", { placeholder: "1h", size: 6 }),
    field(parameters, "older_than", "Older than", { placeholder: "10m", size: 6 }),
    choice(parameters, "order", "Order", ["newest", "oldest"], "newest"),
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
  const wanted = { limit: PAGE, scan: SCAN };
  for (const name of [...FILTERS, "before", "after"]) wanted[name] = parameters.get(name) ?? undefined;
  const cursor = wanted.order === "oldest" ? "after" : "before";
  const pages = h("p", { class: "pages" });
  // Goes on until the page is full.
  const load = async () => {
    const found = [];
    let place = wanted[cursor];
    for (let request = 1; ; request += 1) {
      const { invocations, next } = await get(`/invocations${query({ ...wanted, [cursor]: place, limit: PAGE - found.length })}`);
      found.push(...invocations);
      if (!next || found.length >= PAGE || request === REQUESTS || signal.aborted) return { invocations: found, next, looked: request * SCAN };
      place = next;
    }
  };
  const chosen = new Set();
  const shown = table("Invocations", COLUMNS, []);
  const body = shown.querySelector("tbody");
  const { limit, scan, before, after, ...others } = wanted;
  const place_of = (parameters) => `/ui/invocations${query(parameters)}`;
  const sorted = sorting(shown, {
    Created: {
      direction: cursor === "after" ? "ascending" : "descending",
      sort: () => {
        history.pushState(null, "", place_of({ ...others, order: cursor === "after" ? undefined : "oldest" }));
        show();
      },
    },
  });

  const fill = async () => {
    const { invocations, next, looked } = await load();
    const focused = document.activeElement;
    const place = body.contains(focused) ? focused.closest("tr") : null;
    const index = place && [...place.querySelectorAll(FOCUSABLE)].indexOf(focused);
    body.replaceChildren(...sorted(invocations.map((found) => row(found, chosen))));
    // The same link or box of the same invocation.
    if (place) body.querySelector(`tr[data-id="${CSS.escape(place.dataset.id)}"]`)?.querySelectorAll(FOCUSABLE)[index]?.focus({ preventScroll: true });
    const searched = next && invocations.length < limit && `These are all that match among ${looked.toLocaleString("en")} invocations.`;
    pages.replaceChildren(
      ...[
        searched && h("span", {}, searched),
        (before || after) && h("a", { href: place_of(others) }, cursor === "after" ? "Oldest" : "Newest"),
        next && h("a", { href: place_of({ ...others, [cursor]: next }) }, cursor === "after" ? "Newer" : "Older"),
        !next && invocations.length === 0 && h("span", {}, "No invocation matches."),
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
