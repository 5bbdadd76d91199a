// The list of invocations: filtered, live, a page at a time.

import { ACTIONS, buttons } from "./actions.js";
import { get, query } from "./api.js";
import { failure, h, table } from "./dom.js";
import * as format from "./format.js";
import { keepUp } from "./live.js";

const PAGE = 50;
const STATUSES = ["running", "pending", "backing-off", "suspended", "paused", "scheduled", "held-back", "unbound", "succeeded", "failed"];
const FILTERS = ["service", "handler", "key", "status", "older_than", "scope"];

// A form whose fields are the filters of the address.
function filters(parameters, services, show) {
  const field = (name, label, attributes = {}) => [
    h("label", { for: name }, label),
    h("input", { id: name, name, value: parameters.get(name) ?? "", autocomplete: "off", ...attributes }),
  ];
  const choice = (name, label, values) => {
    const option = (value) => h("option", { value, selected: parameters.get(name) === value }, value === "" ? "any" : value);
    return [h("label", { for: name }, label), h("select", { id: name, name }, ["", ...values].map(option))];
  };
  const submit = (event) => {
    event.preventDefault();
    const data = Object.fromEntries(new FormData(form));
    const id = data.id.trim();
    delete data.id;
    history.pushState(null, "", id === "" ? `/ui/invocations${query(data)}` : `/ui/invocations/${encodeURIComponent(id)}`);
    show();
  };
  const form = h(
    "form",
    { class: "filters", role: "search", "aria-label": "Filters", submit },
    choice("service", "Service", services),
    field("handler", "Handler"),
    field("key", "Key"),
    choice("status", "Status", STATUSES),
    field("older_than", "Older than", { placeholder: "10m", size: 6 }),
    field("id", "Id", { placeholder: "inv_1…" }),
    h("button", {}, "Show"),
  );
  return form;
}

// A row, which stays the same element while the list is refreshed, so that nothing jumps under a pointer.
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

const COLUMNS = [h("span", { class: "hidden" }, "Chosen"), "Id", "Handler", "Key", "Status", "Created", "Due", "Last failure"];

// The list of the invocations that match the parameters of the address.
export async function list(parameters, signal, show) {
  const wanted = { limit: PAGE };
  for (const name of [...FILTERS, "before"]) wanted[name] = parameters.get(name) ?? undefined;
  const load = async () => (await get(`/invocations${query(wanted)}`)).invocations;
  const [found, services] = await Promise.all([load(), get("/services")]);
  const chosen = new Set();
  const problems = h("div", { class: "problems" });
  const shown = table("Invocations, the newest first", COLUMNS, []);
  const body = shown.querySelector("tbody");
  const pages = h("p", { class: "pages" });

  const fill = (rows) => {
    const old = new Map([...body.children].map((element) => [element.dataset.id, element]));
    const focused = document.activeElement?.closest("tr")?.dataset.id;
    const fresh = rows.map((found) => {
      const before = old.get(found.id);
      return before && found.id === focused ? before : row(found, chosen);
    });
    body.replaceChildren(...fresh);
    if (focused !== undefined && document.activeElement === document.body) {
      body.querySelector(`tr[data-id="${CSS.escape(focused)}"] input`)?.focus();
    }
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
  const refresh = async (errors = []) => {
    try {
      fill(await load());
      problems.replaceChildren(...errors.map((message) => failure({ message })));
    } catch (error) {
      problems.replaceChildren(failure(error));
    }
  };
  fill(found);
  keepUp(refresh, signal);
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
    h("div", { class: "bar" }, h("label", {}, all, " all on this page"), buttons(Object.keys(ACTIONS), () => [...chosen], refresh)),
    problems,
    shown,
    pages,
  );
}
