// One invocation: what it is, what it waits for, its journal and its result.

import { ACTIONS, buttons, restartFrom } from "./actions.js";
import { get, path } from "./api.js";
import { tree } from "./calls.js";
import { facts, failure, h, payload, table } from "./dom.js";
import * as format from "./format.js";
import { live } from "./live.js";
import { isWaiting, timeline, title } from "./timeline.js";
import { chart } from "./waits.js";

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

function attempts(failed) {
  if (failed === undefined || failed.length === 0) return [];
  const rows = failed.map(({ at, attempt, step, error }) =>
    h("tr", {}, [format.time(at), attempt, step ?? "", error].map((cell) => h("td", {}, cell))),
  );
  return [h("h2", {}, "Failed attempts"), table("Failed attempts", ["Time", "Attempt", "Step", "Error"], rows)];
}

// The view of the invocation with this id.
export async function detail(id, signal) {
  const [shown, restarted] = [h("div", {}), h("div", {})];
  let last = "";
  const restart = async (index) => {
    try {
      const told = await restartFrom(id, index);
      if (told !== null) restarted.replaceChildren(told);
    } catch (error) {
      restarted.replaceChildren(failure(error));
    }
  };
  // Nothing comes before the input, nor after the output.
  const restartButton = (entry) =>
    entry.index > 0 &&
    entry.type !== "OutputCommand" &&
    h("button", { type: "button", "data-from": entry.index, "aria-label": `restart from here, entry ${entry.index}`, click: () => restart(entry.index) }, "restart from here");
  const load = async () => {
    const [found, journal] = await Promise.all([get(path("invocations", id)), get(path("invocations", id, "journal"))]);
    // What is open or selected stays so, unless something has changed.
    const text = JSON.stringify([found, journal]);
    if (text === last) return;
    last = text;
    const result = journal.result;
    const action = result === null ? () => null : restartButton;
    const [calls, waits] = [await tree(id, found, journal.entries), chart(journal.entries, isWaiting, title)];
    shown.replaceChildren(
      about(found),
      ...attempts(found.failed_attempts),
      h("h2", {}, "Journal"),
      journal.entries.length === 0 ? h("p", {}, "The journal is empty, or is not retained any more.") : timeline(journal.entries, action),
      ...(waits === null ? [] : [h("h2", {}, "What waited for what"), waits]),
      ...(calls === null ? [] : [h("h2", {}, "Call tree"), calls]),
      ...(result === null ? [] : [h("h2", {}, result.failure === undefined ? "Result" : "Failure"), payload(result.failure ?? result.value)]),
    );
  };
  const { problems, done } = await live(load, signal);
  return h("section", {}, h("h1", { class: "id" }, id), buttons(Object.keys(ACTIONS), () => [id], done), problems, restarted, shown);
}
