// Rules of limits, and what waits for them.

import { get } from "./api.js";
import { h, table } from "./dom.js";

export async function limits() {
  const rules = await get("/limits/rules");
  const row = (it) =>
    h("tr", {}, h("td", {}, it.pattern), h("td", {}, String(it.limits?.concurrency ?? "none")), h("td", {}, it.disabled ? "disabled" : "in force"), h("td", { class: "reason" }, it.description ?? ""));
  return h(
    "section",
    {},
    h("h1", {}, "Limits"),
    rules.length === 0 ? h("p", {}, "There are no rules: nothing is limited.") : table("Rules", ["Pattern", "Concurrency", "State", "Description"], rules.map(row)),
    h("p", {}, h("a", { href: "/ui/invocations?status=held-back" }, "Invocations that wait for a limit")),
  );
}
