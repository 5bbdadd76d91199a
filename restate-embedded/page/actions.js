// Changes, after a question whether they are meant.

import { patch, path, query } from "./api.js";
import { announce, h } from "./dom.js";
import { invocation } from "./format.js";

// What can be done to invocations, and what it means.
export const ACTIONS = {
  cancel: "The handlers are told to stop, and can undo what they have done.",
  kill: "The invocation ends at once, without undoing what it has done, and so do those that it calls.",
  pause: "No attempt starts until it is resumed.",
  resume: "A paused invocation goes on; one that waits for its next attempt starts it now.",
  "restart-as-new": "The handler runs again with the same input, as a new invocation.",
  purge: "The result and the journal of a completed invocation are deleted.",
};

// Asks whether something is meant. Resolves to whether it is.
export function confirm(title, text, button) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { "aria-labelledby": "question", close: () => (dialog.remove(), resolve(dialog.returnValue === "yes")) },
      h(
        "form",
        { method: "dialog" },
        h("h2", { id: "question" }, title),
        h("p", {}, text),
        h("div", { class: "buttons" }, h("button", { value: "no", autofocus: true }, "Back"), h("button", { value: "yes", class: "change" }, button)),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}

// Does this to these invocations, after a question. Returns the errors, or `null` if it was not meant.
export async function act(action, ids) {
  const what = ids.length === 1 ? ids[0] : `${ids.length} invocations`;
  if (!(await confirm(`${action} ${what}?`, ACTIONS[action], action))) return null;
  const errors = [];
  for (const id of ids) {
    try {
      await patch(path("invocations", id, action));
    } catch (error) {
      errors.push(`${id}: ${error.message}`);
    }
  }
  announce(errors.length === 0 ? `${action}: done` : `${action}: ${errors.length} of ${ids.length} failed`);
  return errors;
}

// Runs a completed invocation again after the entry with this index, after a question. Returns what tells of it, or
// `null` if it was not meant.
export async function restartFrom(id, index) {
  const meaning = "What was done up to this entry is not done again; the rest is, as a new invocation.";
  if (!(await confirm(`restart ${id} from entry ${index}?`, meaning, "restart"))) return null;
  const started = await patch(path("invocations", id, "restart-as-new") + query({ from: index }));
  announce(`restarted as ${started.new_invocation_id}`);
  return h("p", {}, "Restarted as ", invocation(started.new_invocation_id));
}

// Buttons for these actions; `chosen` gives the ids that they are for.
export function buttons(actions, chosen, done) {
  const button = (action) =>
    h(
      "button",
      {
        type: "button",
        "data-action": action,
        click: async () => {
          const ids = chosen();
          if (ids.length === 0) return done(["choose invocations first"]);
          const errors = await act(action, ids);
          if (errors !== null) done(errors);
        },
      },
      action,
    );
  return h("div", { class: "buttons", role: "group", "aria-label": "Actions" }, actions.map(button));
}
