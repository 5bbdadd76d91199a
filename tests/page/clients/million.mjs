// A million invocations: the first list, pages, searches, and the memory that they take.
import { check, open, problems, visit } from "./harness.mjs";

const PAGES = 40;
const rows = (page) => page.locator("tbody tr").count();

// Milliseconds until the list is shown.
async function list(page, path) {
  const start = performance.now();
  await visit(page, path);
  return Math.round(performance.now() - start);
}

// What the page keeps, in bytes.
async function heap(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const { nodes } = await session.send("Memory.getDOMCounters");
  await session.detach();
  return { usedSize, nodes };
}

// Goes on from page to page.
async function further(page, name) {
  const first = await page.getAttribute("tbody tr", "data-id");
  await page.click(`.pages a:text-is("${name}")`);
  await page.waitForFunction((first) => document.querySelector("tbody tr")?.dataset.id !== first, first);
}

export async function million() {
  const page = await open({});
  // A search reads everything, which takes some times longer while others use the machine.
  page.setDefaultTimeout(180_000);
  await visit(page, "/ui/health");
  const times = [];
  for (let n = 0; n < 5; n += 1) times.push(await list(page, "/ui/invocations"));
  if ((await rows(page)) !== 50) problems.push(`${await rows(page)} rows are shown`);
  await check(page, "/ui/invocations", {});

  const before = await heap(page);
  const ids = new Set();
  for (let n = 0; n < PAGES; n += 1) {
    for (const id of await page.$$eval("tbody tr", (rows) => rows.map((it) => it.dataset.id))) ids.add(id);
    await further(page, "Older");
  }
  if (ids.size !== PAGES * 50) problems.push(`${PAGES} pages have ${ids.size} invocations`);
  const after = await heap(page);

  // Among the oldest.
  const oldest = await list(page, "/ui/invocations?order=oldest&text=declined");
  if ((await rows(page)) !== 50) problems.push(`${await rows(page)} failures are found`);
  // One among all that are newer.
  const search = await list(page, "/ui/invocations?text=%22receipt%2012345%22");
  if ((await rows(page)) !== 1) problems.push(`the search has found ${await rows(page)} invocations`);
  // The same by its request.
  const request = await list(page, "/ui/invocations?text=%22book%2012345%22");
  if ((await rows(page)) !== 1) problems.push(`the search in requests has found ${await rows(page)} invocations`);
  return { first: Math.min(...times), times, oldest, search, request, heap: [before, after], heapGrowth: after.usedSize - before.usedSize };
}
