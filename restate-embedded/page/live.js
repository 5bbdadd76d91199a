// Views that show what changes.

import { failure, h } from "./dom.js";

const INTERVAL = 2_000;

// A view that takes long is loaded less often, so that looking costs at most a tenth of the time.
const PAUSE = 10;

// Calls `load`, which fills a view, now and again while the page is visible, until `signal` ends the view. Returns
// an element that tells what goes wrong, and `done`, which takes the errors of a change and loads anew.
export async function live(load, signal) {
  const [changing, loading] = [h("div", {}), h("div", {})];
  let took = 0;
  const update = async () => {
    const start = performance.now();
    try {
      await load();
      loading.replaceChildren();
    } catch (error) {
      loading.replaceChildren(failure(error));
    }
    took = performance.now() - start;
  };
  const done = (errors) => {
    changing.replaceChildren(...errors.map((message) => failure({ message })));
    return update();
  };
  await load();
  let timer;
  const next = () => {
    timer = setTimeout(async () => {
      if (!document.hidden) await update();
      if (!signal.aborted) next();
    }, Math.max(INTERVAL, took * PAUSE));
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  if (!signal.aborted) next();
  return { problems: h("div", { class: "problems" }, changing, loading), done };
}
