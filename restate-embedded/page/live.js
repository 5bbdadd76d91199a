// Views that show what changes.

const INTERVAL = 2_000;

// Calls `update` now and then, while the page is visible, until `signal` ends the view.
export function keepUp(update, signal) {
  let timer;
  const next = () => {
    timer = setTimeout(async () => {
      if (!document.hidden) await update();
      if (!signal.aborted) next();
    }, INTERVAL);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  next();
}
