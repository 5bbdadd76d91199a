// Rules of limits, and what waits for them.

import { confirm } from "./actions.js";
import { get, post, put } from "./api.js";
import { announce, failure, h, table } from "./dom.js";
import { live } from "./live.js";
import { ruleForm } from "./rules.js";

export async function limits(signal) {
  const shown = h("div", {});
  let last = "";
  const load = async () => {
    const rules = await get("/limits/rules");
    const text = JSON.stringify(rules);
    if (text === last) return;
    last = text;
    shown.replaceChildren(rules.length === 0 ? h("p", {}, "There are no rules: nothing is limited.") : table("Rules", ["Pattern", "Concurrency", "State", "Description", "Change"], rules.map(row)));
  };
  const changed = async (what, change) => {
    try {
      await change();
      announce(what);
      await done([]);
      return true;
    } catch (error) {
      await done([error.message]);
      return false;
    }
  };
  // Only if nobody has changed it meanwhile.
  const set = (rule) => put("/limits/rules", JSON.stringify([rule]));
  const matches = (it) => ({ type: "matches", version: it.version });
  const toggle = (it) =>
    changed(`${it.pattern} is changed`, () => set({ pattern: it.pattern, limits: it.limits, description: it.description, disabled: !it.disabled, precondition: matches(it) }));
  const remove = async (it) => {
    if (!(await confirm(`Remove ${it.pattern}?`, "What waits for this limit starts as far as others permit.", "remove"))) return;
    await changed(`${it.pattern} is removed`, () => post("/limits/rules/bulk-delete", [{ pattern: it.pattern, expected_version: it.version }]));
  };
  const row = (it) =>
    h(
      "tr",
      {},
      h("td", {}, it.pattern),
      h("td", {}, String(it.limits?.concurrency ?? "none")),
      h("td", {}, it.disabled ? "disabled" : "in force"),
      h("td", { class: "reason" }, it.description ?? ""),
      h(
        "td",
        {},
        h(
          "div",
          { class: "buttons" },
          h("button", { type: "button", "data-action": "edit", "aria-label": `edit ${it.pattern}`, click: () => form.edit(it) }, "edit"),
          h("button", { type: "button", "data-action": "toggle", "aria-label": `${it.disabled ? "enable" : "disable"} ${it.pattern}`, click: () => toggle(it) }, it.disabled ? "enable" : "disable"),
          h("button", { type: "button", "data-action": "remove", "aria-label": `remove ${it.pattern}`, click: () => remove(it) }, "remove"),
        ),
      ),
    );
  const form = ruleForm(async (rule, before) => {
    if (!(await confirm(`Set ${rule.pattern}?`, `At most ${rule.limits.concurrency ?? "any number of"} invocations run at a time where it applies.`, "set"))) return false;
    const precondition = before?.pattern === rule.pattern ? matches(before) : { type: "does_not_exist" };
    return changed(`${rule.pattern} is set`, () => set({ ...rule, precondition }));
  });
  const { problems, done } = await live(load, signal);
  return h(
    "section",
    {},
    h("h1", {}, "Limits"),
    problems,
    shown,
    h("p", {}, h("a", { href: "/ui/invocations?status=held-back" }, "Invocations that wait for a limit")),
    h("h2", {}, "Add or replace a rule"),
    form.element,
  );
}
