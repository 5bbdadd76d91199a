// Forms whose fields are the parameters of the address.

import { h } from "./dom.js";

// A field for a text.
export function field(parameters, name, label, attributes = {}) {
  const input = h("input", { id: name, name, value: parameters.get(name) ?? "", autocomplete: "off", ...attributes });
  return h("div", { class: "pair" }, h("label", { for: name }, label), input);
}

// A choice of these values, or of any; with a default, that is chosen if the address names none.
export function choice(parameters, name, label, values, byDefault) {
  const option = (value) => h("option", { value: value === byDefault ? "" : value, selected: (parameters.get(name) ?? "") === value }, value === "" ? "any" : value);
  const any = byDefault === undefined ? [""] : [];
  return h("div", { class: "pair" }, h("label", { for: name }, label), h("select", { id: name, name }, [...any, ...values].map(option)));
}

// A form of these fields. When it is sent, `place` says at which path the view is that its values ask for.
export function form(fields, place, show) {
  const submit = (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.target));
    history.pushState(null, "", place(values));
    show();
  };
  return h("form", { class: "filters", role: "search", "aria-label": "Filters", submit }, fields, h("button", {}, "Show"));
}
