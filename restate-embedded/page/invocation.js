// One invocation: what it is, what it waits for, its journal and its result.

import { ACTIONS, buttons } from "./actions.js";
import { get, path } from "./api.js";
import { facts, h, payload } from "./dom.js";
import * as format from "./format.js";
import { live } from "./live.js";
import { timeline } from "./timeline.js";

function about(found) {
  return facts([
    ["Status", format.status(found.status)],
    ["Handler", h("span", {}, format.service(found.service), `/${found.handler}`)],
    ["Key", found.key && format.object(found.service, found.key, found.scope)],
    ["Scope", found.scope],
    ["Limit key", found.limit_key],
    ["Idempotency key", found.idempotency_key],
    ["Created", format.time(found.created_at)],
    ["Starts", format.time(found.scheduled_start_at)],
    ["Wakes", format.time(found.wakes_at)],
    ["Failed attempts", found.retry_count || null],
    ["Next attempt", format.time(found.next_retry_at)],
    ["Last failure", found.last_failure],
    ["Failed step", found.last_failure_step],
    ["Waits for", found.waits_for],
    ["Called by", found.called_by && format.invocation(found.called_by)],
    ["Deadlock", found.in_cycle ? "it waits for itself: nothing will end this wait" : null],
    ["Paused because", found.error],
  ]);
}

function children(entries) {
  const ids = new Set(entries.filter((it) => it.answers?.entry !== undefined && it.invocation).map((it) => it.invocation));
  if (ids.size === 0) return null;
  return [h("h2", {}, "Calls"), h("ul", {}, [...ids].map((id) => h("li", {}, format.invocation(id))))];
}

// The view of the invocation with this id.
export async function detail(id, signal) {
  const shown = h("div", {});
  let last = "";
  const load = async () => {
    const [found, journal] = await Promise.all([get(path("invocations", id)), get(path("invocations", id, "journal"))]);
    // What is open or selected stays so, unless something has changed.
    const text = JSON.stringify([found, journal]);
    if (text === last) return;
    last = text;
    const result = journal.result;
    shown.replaceChildren(
      about(found),
      h("h2", {}, "Journal"),
      journal.entries.length === 0 ? h("p", {}, "The journal is empty, or is not retained any more.") : timeline(journal.entries),
      ...(children(journal.entries) ?? []),
      ...(result === null ? [] : [h("h2", {}, result.failure === undefined ? "Result" : "Failure"), payload(result.failure ?? result.value)]),
    );
  };
  const { problems, done } = await live(load, signal);
  return h("section", {}, h("h1", { class: "id" }, id), buttons(Object.keys(ACTIONS), () => [id], done), problems, shown);
}
