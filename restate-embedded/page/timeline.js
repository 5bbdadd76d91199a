// A journal: each command with what has answered it.

import { h, payload } from "./dom.js";
import * as format from "./format.js";

// Fields that are shown in a place of their own.
const SHOWN = new Set(["index", "type", "name", "target", "value", "failure", "answers", "invocation", "headers", "key", "until", "due"]);

// Commands that an answer follows.
const WAITS = new Set(["Call", "Run", "Sleep", "GetPromise", "GetLazyState", "GetLazyStateKeys", "AttachInvocation", "GetInvocationOutput", "PeekPromise"]);

export function title(entry) {
  return [entry.type.replace(/(Command|Notification)$/, ""), entry.target ?? entry.key ?? entry.promise ?? entry.name].filter(Boolean).join(" ");
}

// Whether an answer follows an entry.
export const isWaiting = (entry) => WAITS.has(entry.type.replace(/Command$/, ""));

function values(entry) {
  const rest = Object.entries(entry).filter(([name]) => !SHOWN.has(name));
  const value = entry.value ?? entry.failure;
  return [
    entry.name && entry.target && h("span", { class: "name" }, entry.name),
    entry.until && h("span", {}, "until ", format.time(entry.until)),
    entry.due && h("span", {}, "due ", format.time(entry.due)),
    entry.invocation && format.invocation(entry.invocation),
    value !== undefined && payload(value),
    entry.headers && payload(entry.headers),
    rest.length > 0 && payload(Object.fromEntries(rest)),
  ];
}

// The entries of a journal as a list; `action` gives what can be done from a command.
export function timeline(entries, action) {
  const answers = new Map();
  for (const entry of entries) {
    const command = entry.answers?.entry;
    if (command !== undefined) answers.set(command, [...(answers.get(command) ?? []), entry]);
  }
  const answer = (entry) => h("li", { class: entry.failure !== undefined ? "answer failed" : "answer" }, h("span", { class: "type" }, `answered by entry ${entry.index}`), values(entry));
  const command = (entry) => {
    const found = answers.get(entry.index) ?? [];
    const pending = isWaiting(entry) && !found.some((it) => it.type.includes("Completion") && !it.invocation);
    return h(
      "li",
      { class: entry.failure !== undefined ? "failed" : "", value: entry.index },
      h("span", { class: "type" }, title(entry)),
      pending && h("span", { class: "status pending" }, "no answer yet"),
      values(entry),
      action(entry),
      found.length > 0 && h("ul", {}, found.map(answer)),
    );
  };
  const commands = entries.filter((entry) => entry.answers?.entry === undefined);
  return h("ol", { class: "timeline", start: 0 }, commands.map(command));
}
