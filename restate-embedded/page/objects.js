// Objects and workflows with state: found, shown, changed.

import { confirm } from "./actions.js";
import { get, path, put, query, quoted, remove, sql } from "./api.js";
import { announce, failure, h, payload, table } from "./dom.js";
import { choice, field, form } from "./filters.js";
import * as format from "./format.js";

const PAGE = 100;

export async function objects(parameters, show) {
  const { services } = await get("/services");
  const keyed = services.filter((it) => it.ty !== "Service").map((it) => it.name);
  const [service, key] = [parameters.get("service") ?? "", parameters.get("key") ?? ""];
  const conditions = [service && `service = ${quoted(service)}`, key && `instr(key, ${quoted(key)}) > 0`].filter(Boolean);
  const found = await sql(
    `SELECT service, key, scope, count(*) AS names FROM main.state ${conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : ""} GROUP BY service, key, scope ORDER BY service, key LIMIT ${PAGE}`,
  );
  const fields = [choice(parameters, "service", "Service", keyed), field(parameters, "key", "Key contains")];
  const row = (it) => h("tr", {}, h("td", {}, format.service(it.service)), h("td", { class: "key" }, format.object(it.service, it.key, it.scope)), h("td", {}, it.scope ?? ""), h("td", {}, String(it.names)));
  return h(
    "section",
    {},
    h("h1", {}, "Objects"),
    form(fields, (values) => `/ui/objects${query(values)}`, show),
    table("Objects with state", ["Service", "Key", "Scope", "Values"], found.map(row)),
    found.length === PAGE && h("p", {}, `These are the first ${PAGE}; ask for a longer part of the key.`),
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
  const invocations = h("a", { href: `/ui/invocations${query({ service, key, scope })}` }, "Invocations of this object");
  return h("section", {}, h("h1", {}, `${service} / ${key}`), scope && h("p", {}, `in scope ${scope}`), h("p", {}, invocations), problems, body);
}
