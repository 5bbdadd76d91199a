// Times, statuses and ids for people.

import { h } from "./dom.js";

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
];

// How long ago a time is, or how long it takes until then, with the time itself as a tooltip. Times are
// milliseconds since 1970, or texts such as 2026-01-31T08:00:00Z.
export function time(at) {
  if (!at) return null;
  const milliseconds = typeof at === "number" ? at : Date.parse(at);
  if (Number.isNaN(milliseconds)) return at;
  const text = new Date(milliseconds).toISOString();
  const seconds = Math.round((Date.now() - milliseconds) / 1000);
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["s", 1];
  const amount = Math.floor(Math.abs(seconds) / length);
  const words = seconds < 0 ? `in ${amount} ${unit}` : `${amount} ${unit} ago`;
  return h("time", { datetime: text, title: text }, words);
}

// A status, in a colour that says whether somebody should look.
export function status(text) {
  return h("span", { class: `status ${text}` }, text);
}

// A link to an invocation.
export function invocation(id) {
  return h("a", { href: `/ui/invocations/${encodeURIComponent(id)}`, class: "id" }, id);
}

// A link to a service.
export function service(name) {
  return h("a", { href: `/ui/services/${encodeURIComponent(name)}` }, name);
}

// A link to the state of an object.
export function object(service, key, scope) {
  const place = `/ui/objects/${encodeURIComponent(service)}/${encodeURIComponent(key)}`;
  return h("a", { href: scope ? `${place}?scope=${encodeURIComponent(scope)}` : place }, key);
}

// A link to a deployment.
export function deployment(id) {
  return h("a", { href: `/ui/deployments/${encodeURIComponent(id)}`, class: "id" }, id);
}
