// The tree of calls that an invocation is in: who called it, and whom it calls.

import { get, path, query } from "./api.js";
import { h } from "./dom.js";
import * as format from "./format.js";

// How far the tree is followed: people read no more, and each invocation is two requests.
const HIGHEST = 10;
const DEEPEST = 3;
const MOST = 60;

// The ids of those that the entries of a journal have called, in order.
export function called(entries) {
  const answers = entries.filter((it) => it.answers?.entry !== undefined && it.invocation).map((it) => it.invocation);
  return [...new Set(answers)];
}

// What is known of these invocations, by id. Of one that has ended nothing may be retained.
async function known(ids) {
  const { invocations } = await get(`/invocations${query({ id: ids.join(","), limit: MOST })}`);
  return new Map(invocations.map((it) => [it.id, it]));
}

async function callers(found) {
  const chain = [];
  for (let id = found.called_by; id && chain.length < HIGHEST; ) {
    const caller = await get(path("invocations", id));
    chain.unshift({ id, found: caller });
    id = caller.called_by;
  }
  return chain;
}

// The calls below those that have these ids, level by level. `left` is how many more may be shown.
async function below(ids, depth, left) {
  const shown = ids.slice(0, left);
  if (shown.length === 0) return { calls: [], more: ids.length > 0 };
  const found = await known(shown);
  let rest = left - shown.length;
  const calls = [];
  for (const id of shown) {
    const it = found.get(id);
    const inner = it && depth < DEEPEST ? called((await get(path("invocations", id, "journal"))).entries) : [];
    const tree = await below(inner, depth + 1, rest);
    rest -= size(tree);
    calls.push({ id, found: it, ...tree });
  }
  return { calls, more: shown.length < ids.length };
}

const size = ({ calls }) => calls.reduce((sum, it) => sum + 1 + size(it), 0);

function line(id, found) {
  return [format.invocation(id), " ", found ? h("span", {}, found.target, " ", format.status(found.status)) : h("span", { class: "handler" }, "ended, and not retained")];
}

function list(calls, more) {
  if (calls.length === 0 && !more) return null;
  const item = (it) => h("li", {}, line(it.id, it.found), list(it.calls, it.more));
  return h("ul", {}, calls.map(item), more && h("li", {}, "…"));
}

// The tree around an invocation, or `null` if it is alone.
export async function tree(id, found, entries) {
  const [above, { calls, more }] = await Promise.all([callers(found), below(called(entries), 1, MOST)]);
  if (above.length === 0 && calls.length === 0) return null;
  const own = h("li", { class: "this", "aria-current": "true" }, h("strong", {}, "this invocation"), " ", found.target, " ", format.status(found.status), list(calls, more));
  const whole = above.reduceRight((inner, it) => h("li", {}, line(it.id, it.found), h("ul", {}, inner)), own);
  return h("ul", { class: "tree" }, whole);
}
