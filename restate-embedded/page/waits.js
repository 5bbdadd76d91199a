// What waited for what: a bar for each command that an answer follows, from its entry to that of the answer.

import { h } from "./dom.js";

const NAMESPACE = "http://www.w3.org/2000/svg";
const [ROW, STEP, LEFT] = [18, 14, 4];

// How many entries are drawn; a longer journal shows its last ones.
const MOST = 200;

function svg(name, attributes, ...children) {
  const element = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// The waits of a journal: which entry, what it is, and by which entry it was answered, if it was.
export function waits(entries, isWaiting, title) {
  const answered = new Map();
  for (const entry of entries) {
    if (entry.answers?.entry !== undefined && !entry.invocation) answered.set(entry.answers.entry, entry.index);
  }
  const found = entries.filter((entry) => isWaiting(entry));
  return found.map((entry) => ({ from: entry.index, to: answered.get(entry.index), name: title(entry) }));
}

// The picture, or `null` if nothing waited.
export function chart(entries, isWaiting, title) {
  const first = Math.max(0, entries.length - MOST);
  const found = waits(entries, isWaiting, title).filter((it) => (it.to ?? entries.length) >= first);
  if (found.length === 0) return null;
  const at = (index) => LEFT + Math.max(0, index - first) * STEP;
  const end = entries.length;
  const bars = found.flatMap(({ from, to, name }, row) => {
    const width = Math.max(STEP, at(to ?? end) - at(from));
    const bar = svg("rect", { x: at(from), y: row * ROW + 3, width, height: ROW - 6, rx: 3, class: to === undefined ? "open" : "answered" });
    const text = svg("title", {});
    text.textContent = words({ from, to, name });
    bar.append(text);
    return [bar];
  });
  const [width, height] = [at(end) + LEFT + STEP, found.length * ROW];
  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "waits", role: "img", "aria-label": "Waits, from the command to its answer" }, ...bars);
  const list = h("ol", {}, found.map((it) => h("li", {}, words(it))));
  return h("div", { class: "wide waiting", tabindex: "0", role: "region", "aria-label": "What waited for what" }, list, picture);
}

function words({ from, to, name }) {
  return `${from} ${name}: ${to === undefined ? "no answer yet" : `answered by entry ${to}`}`;
}
