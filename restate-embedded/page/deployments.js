// Deployments: where handlers run.

import { get, path } from "./api.js";
import { facts, h, table } from "./dom.js";
import * as format from "./format.js";

const address = (it) => it.uri ?? it.endpoint ?? "this process";

export async function deployments() {
  const { deployments } = await get("/deployments");
  const row = (it) =>
    h("tr", {}, h("td", {}, format.deployment(it.id)), h("td", {}, address(it)), h("td", {}, it.services.map((one) => one.name ?? one).join(", ")), h("td", {}, format.time(it.created_at) ?? ""));
  return h("section", {}, h("h1", {}, "Deployments"), table("Deployments", ["Id", "Address", "Services", "Created"], deployments.map(row)));
}

export async function deployment(id) {
  const it = await get(path("deployments", id));
  const row = (one) => h("tr", {}, h("td", {}, format.service(one.name)), h("td", {}, one.ty ?? ""), h("td", {}, String(one.revision ?? "")));
  return h(
    "section",
    {},
    h("h1", { class: "id" }, it.id),
    facts([
      ["Address", address(it)],
      ["Protocol", it.protocol_type],
      ["Created", format.time(it.created_at)],
      ["SDK", it.sdk_version],
      ["Service protocol", it.max_protocol_version && `${it.min_protocol_version} to ${it.max_protocol_version}`],
    ]),
    table("Services of this deployment", ["Service", "Kind", "Revision"], it.services.map(row)),
  );
}
