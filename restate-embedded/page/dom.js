// Elements, built from values. Text is always set as text, so nothing that comes from a journal, a key or a
// header can become markup.

// An element such as h("a", { href: "/ui" }, "Home"). Functions are event listeners, `false`, `null` and
// `undefined` are left out.
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// A table with a caption that only screen readers tell.
export function table(caption, columns, rows) {
  const head = columns.map((column) => h("th", { scope: "col" }, column));
  return h(
    "div",
    { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "hidden" }, caption), h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows)),
  );
}

// Names and values, without those that have none.
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", {}, shown.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

// A value of a payload, as JSON or as the text that it is.
export function payload(value) {
  if (value === undefined) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return h("pre", { tabindex: "0", role: "group", "aria-label": "value" }, text);
}

// Tells screen readers what has happened.
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

// What is shown when something has failed.
export function failure(error) {
  return h("p", { class: "failure", role: "alert" }, error.message);
}
