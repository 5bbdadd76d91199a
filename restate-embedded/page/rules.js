// A form for a rule of limits.

import { h } from "./dom.js";

// The form; `set` is called with its rule, and with the rule that is edited, if there is one. It says whether the
// rule was set.
export function ruleForm(set) {
  let edited = null;
  const pattern = h("input", { id: "pattern", required: true, placeholder: "orders/*", autocomplete: "off" });
  const concurrency = h("input", { id: "concurrency", type: "number", min: 1, placeholder: "no limit" });
  const description = h("input", { id: "description", autocomplete: "off" });
  const submit = async (event) => {
    event.preventDefault();
    const limits = concurrency.value === "" ? {} : { concurrency: Number(concurrency.value) };
    const rule = { pattern: pattern.value, limits, description: description.value || null, disabled: edited?.disabled ?? false };
    if (!(await set(rule, edited))) return;
    edited = null;
    element.reset();
  };
  const element = h(
    "form",
    { class: "filters", submit, "aria-label": "Rule" },
    h("label", { for: "pattern" }, "Pattern"),
    pattern,
    h("label", { for: "concurrency" }, "Concurrency"),
    concurrency,
    h("label", { for: "description" }, "Description"),
    description,
    h("button", { "data-action": "set" }, "Set"),
  );
  const edit = (rule) => {
    edited = rule;
    pattern.value = rule.pattern;
    concurrency.value = rule.limits?.concurrency ?? "";
    description.value = rule.description ?? "";
    concurrency.focus();
  };
  return { element, edit };
}
