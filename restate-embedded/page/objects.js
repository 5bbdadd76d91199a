// Objects and workflows with state: found, shown, changed.

import { confirm } from "./actions.js";
import { get, path, post, put, query, quoted, remove, sql } from "./api.js";
import { announce, failure, h, payload, table } from "./dom.js";
import { choice, field, form } from "./filters.js";
import * as format from "./format.js";

const PAGE = 100;

// Which objects match, in the order of the table, behind the one that `after` names.
function objectsQuery({ service, key, text, after }) {
  const conditions = [
    service && `service = ${quoted(service)}`,
    key && `instr(key, ${quoted(key)}) > 0`,
    text && `(instr(lower(CAST(name AS TEXT)), lower(${quoted(text)})) > 0 OR instr(lower(CAST(value AS TEXT)), lower(${quoted(text)})) > 0)`,
    after && `(service, key, scope) > (${after.map(quoted).join(", ")})`,
  ].filter(Boolean);
  const where = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
  return `SELECT service, key, scope, count(*) AS names FROM main.state ${where} GROUP BY service, key, scope ORDER BY service, key, scope LIMIT ${PAGE}`;
}

// The object that an address names as the last one of a page.
function lastOf(parameters) {
  try {
    const after = JSON.parse(parameters.get("after"));
    return Array.isArray(after) && after.length === 3 && after.every((it) => typeof it === "string") ? after : null;
  } catch {
    return null;
  }
}

export async function objects(parameters, show) {
  const { services } = await get("/services");
  const keyed = services.filter((it) => it.ty !== "Service").map((it) => it.name);
  const wanted = { service: parameters.get("service"), key: parameters.get("key"), text: parameters.get("text") };
  const found = await sql(objectsQuery({ ...wanted, after: lastOf(parameters) }));
  const fields = [choice(parameters, "service", "Service", keyed), field(parameters, "key", "Key contains"), field(parameters, "text", "Name or value contains")];
  const row = (it) => h("tr", {}, h("td", {}, format.service(it.service)), h("td", { class: "key" }, format.object(it.service, it.key, it.scope)), h("td", {}, it.scope ?? ""), h("td", {}, String(it.names)));
  const last = found.at(-1);
  const next = found.length === PAGE && query({ ...wanted, after: JSON.stringify([last.service, last.key, last.scope]) });
  return h(
    "section",
    {},
    h("h1", {}, "Objects"),
    form(fields, (values) => `/ui/objects${query(values)}`, show),
    table(wanted.text ? "Objects with such values" : "Objects with state", ["Service", "Key", "Scope", "Values"], found.map(row)),
    h("p", { class: "pages" }, parameters.has("after") && h("a", { href: `/ui/objects${query(wanted)}` }, "First"), next && h("a", { href: `/ui/objects${next}` }, "Next")),
    found.length === 0 && h("p", {}, "No object with state matches."),
  );
}

// The values that are texts, as they are stored. Those that people must not see are left out.
async function texts(service, key, scope) {
  const conditions = [`service_name = ${quoted(service)}`, `service_key = ${quoted(key)}`, scope ? `scope = ${quoted(scope)}` : "scope IS NULL"];
  try {
    const rows = await sql(`SELECT key, value_utf8 FROM state WHERE ${conditions.join(" AND ")} LIMIT 1000`);
    return new Map(rows.map((it) => [it.key, it.value_utf8]));
  } catch (error) {
    if (error.status === 403 || error.status === 400) return new Map();
    throw error;
  }
}

// The state of one object, each value with what changes it.
export async function state(service, key, scope) {
  const suffix = query({ scope });
  const place = (name) => path("services", service, "state", key, ...(name === undefined ? [] : [name])) + suffix;
  const problems = h("div", { class: "problems" });
  const body = h("div", {});
  const attempt = async (change) => {
    try {
      await change();
      problems.replaceChildren();
      await load();
    } catch (error) {
      problems.replaceChildren(failure(error));
    }
  };
  const clearing = (name) => {
    const clear = () =>
      attempt(async () => {
        if (!(await confirm(`Clear ${name}?`, `${name} is removed from the state of ${key}.`, "clear"))) return;
        await remove(place(name));
        announce(`${name} is cleared`);
      });
    return h("button", { type: "button", click: clear, "data-action": "clear" }, "clear");
  };
  const value = (name, shown, stored) => {
    const id = `value-${name}`;
    // Written back as it is, so it must be what is stored, and not a form of it for people.
    if (typeof stored !== "string") return h("article", {}, h("h2", {}, name), payload(shown), h("div", { class: "buttons" }, clearing(name)));
    const text = h("textarea", { id, rows: 3 });
    text.value = stored;
    const save = () =>
      attempt(async () => {
        if (!(await confirm(`Replace ${name}?`, `The value of ${name} of ${key} becomes what is in the field, as it is.`, "replace"))) return;
        await put(place(name), text.value);
        announce(`${name} is replaced`);
      });
    return h(
      "article",
      {},
      h("label", { for: id }, name),
      text,
      h("div", { class: "buttons" }, h("button", { type: "button", click: save, "data-action": "replace" }, "replace"), clearing(name)),
    );
  };
  const load = async () => {
    const [found, stored] = await Promise.all([get(place()), texts(service, key, scope)]);
    const values = Object.entries(found.state).map(([name, shown]) => value(name, shown, stored.get(name)));
    const omitted = Object.entries(found.omitted ?? {}).map(([name, length]) => h("p", {}, `${name}: ${length} bytes, too long to be shown`));
    body.replaceChildren(...values, ...omitted);
    if (values.length + omitted.length === 0) body.append(h("p", {}, "This object has no state."));
  };
  await load();
  const add = async (event) => {
    event.preventDefault();
    const form = event.target;
    const { name, text } = Object.fromEntries(new FormData(form));
    await attempt(async () => {
      if (!(await confirm(`Add ${name}?`, `${name} of ${key} becomes what is in the field, as it is; a value that it has is replaced.`, "add"))) return;
      await put(place(name), text);
      form.reset();
      announce(`${name} is added`);
    });
  };
  const clearAll = () =>
    attempt(async () => {
      if (!(await confirm(`Clear the state of ${key}?`, "All of its values are removed.", "clear all"))) return;
      await post(path("services", service, "state"), { object_key: key, new_state: {}, ...(scope ? { scope } : {}) });
      announce(`the state of ${key} is cleared`);
    });
  const further = h(
    "form",
    { class: "filters", submit: add, "aria-label": "Add a value" },
    h("label", { for: "new-name" }, "Name"),
    h("input", { id: "new-name", name: "name", required: true, autocomplete: "off" }),
    h("label", { for: "new-value" }, "Value, as it is stored"),
    h("input", { id: "new-value", name: "text", autocomplete: "off" }),
    h("button", { "data-action": "add" }, "Add"),
    h("button", { type: "button", click: clearAll, "data-action": "clear-all", class: "change" }, "Clear all"),
  );
  const invocations = h("a", { href: `/ui/invocations${query({ service, key, scope })}` }, "Invocations of this object");
  return h("section", {}, h("h1", {}, `${service} / ${key}`), scope && h("p", {}, `in scope ${scope}`), h("p", {}, invocations), problems, body, further);
}
