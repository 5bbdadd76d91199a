// Views that show what changes.

import { failure, h } from "./dom.js";

const INTERVAL = 2_000;

// Calls `load`, which fills a view, now and again while the page is visible, until `signal` ends the view. Returns
// an element that tells what goes wrong, and `done`, which takes the errors of a change and loads anew.
export async function live(load, signal) {
  const [changing, loading] = [h("div", {}), h("div", {})];
  const update = async () => {
    try {
      await load();
      loading.replaceChildren();
    } catch (error) {
      loading.replaceChildren(failure(error));
    }
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
    }, INTERVAL);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  if (!signal.aborted) next();
  return { problems: h("div", { class: "problems" }, changing, loading), done };
}
