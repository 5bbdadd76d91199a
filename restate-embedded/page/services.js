// Services and their handlers, as their contracts describe them.

import { get, path } from "./api.js";
import { facts, h, payload, table } from "./dom.js";
import * as format from "./format.js";

export async function services() {
  const { services } = await get("/services");
  const row = (it) =>
    h("tr", {}, h("td", {}, format.service(it.name)), h("td", {}, it.ty), h("td", {}, it.public ? "" : "private"), h("td", {}, String(it.handlers.length)), h("td", {}, `${it.revision ?? ""}`), h("td", { class: "reason" }, it.documentation ?? ""));
  return h("section", {}, h("h1", {}, "Services"), table("Services", ["Name", "Kind", "Access", "Handlers", "Revision", "Documentation"], services.map(row)));
}

function handler(service, it) {
  const schema = (title, value) => value && h("details", {}, h("summary", {}, title), payload(value));
  return h(
    "article",
    { id: it.name },
    h("h3", {}, it.name),
    it.documentation && h("p", {}, it.documentation),
    facts([
      ["Kind", it.ty],
      ["Access", it.public ? null : "only handlers"],
      ["Request", it.input_description],
      ["Response", it.output_description],
      ["Idempotency retention", it.idempotency_retention],
      ["Journal retention", it.journal_retention],
      ["Inactivity timeout", it.inactivity_timeout],
      ["Abort timeout", it.abort_timeout],
    ]),
    schema("Schema of the request", it.input_json_schema),
    schema("Schema of the response", it.output_json_schema),
    it.public && h("p", {}, h("a", { href: `/ui/services/${encodeURIComponent(service.name)}/${encodeURIComponent(it.name)}` }, `Invoke ${it.name}`)),
    h("p", {}, h("a", { href: `/ui/invocations?service=${encodeURIComponent(service.name)}&handler=${encodeURIComponent(it.name)}` }, `Invocations of ${it.name}`)),
  );
}

export async function service(name) {
  const it = await get(path("services", name));
  const policy = it.retry_policy;
  return h(
    "section",
    {},
    h("h1", {}, it.name),
    it.documentation && h("p", {}, it.documentation),
    facts([
      ["Kind", it.ty],
      ["Access", it.public ? "public" : "only handlers"],
      ["Deployment", it.deployment_id && format.deployment(it.deployment_id)],
      ["Revision", it.revision],
      ["Idempotency retention", it.idempotency_retention],
      ["Journal retention", it.journal_retention],
      ["Inactivity timeout", it.inactivity_timeout],
      ["Abort timeout", it.abort_timeout],
      ["Retries", policy && `after ${policy.initial_interval}, × ${policy.exponentiation_factor}, at most ${policy.max_interval}; ${policy.max_attempts ?? "any number of"} attempts, then ${policy.on_max_attempts}`],
    ]),
    h("h2", {}, "Handlers"),
    it.handlers.map((one) => handler(it, one)),
  );
}
