// Every view, in every theme and width.
import { answer, check, ids, open, problems, visit } from "./harness.mjs";

export async function views() {
  const query = JSON.stringify({ query: "SELECT DISTINCT key FROM main.state WHERE service = 'Basket'" });
  const { rows } = await answer("/query", { method: "POST", headers: { "content-type": "application/json" }, body: query });
  const found = [...(await ids("handler=order")), ...(await ids("handler=charge")), ...(await ids("handler=refuse")), ...(await ids("handler=approve"))];
  const paths = [
    "/ui",
    "/ui/invocations?status=suspended",
    "/ui/invocations?text=nowhere",
    ...found.map((id) => `/ui/invocations/${id}`),
    "/ui/objects",
    "/ui/objects?text=3&key=n",
    `/ui/objects?after=${encodeURIComponent(JSON.stringify(["Basket", "a", ""]))}`,
    ...rows.map(({ key }) => `/ui/objects/Basket/${encodeURIComponent(key)}`),
    "/ui/services",
    "/ui/services/Shop",
    "/ui/services/Basket",
    "/ui/services/Shop/order",
    "/ui/services/Basket/add",
    "/ui/services/shop.v1.Desk/Greet",
    "/ui/services/Stock/add",
    "/ui/schedules",
    "/ui/schedules/every%20morning",
    "/ui/deployments",
    "/ui/limits",
    "/ui/health",
  ];
  const shown = [];
  for (const options of [{ colorScheme: "light" }, { colorScheme: "dark" }, { viewport: { width: 360, height: 700 } }]) {
    const page = await open(options);
    for (const path of paths) {
      await visit(page, path);
      await check(page, path, options);
      shown.push(await page.title());
    }
    await page.context().close();
  }
  const page = await open({});
  await visit(page, "/ui/health");
  const health = await page.textContent("main");
  for (const wanted of ["ready", "backing-off", "Requests", "Write-ahead log", "MiB"]) if (!health.includes(wanted)) problems.push(`the health does not tell of ${wanted}: ${health}`);
  // The first page of the whole list, in the other order; a second press reverses it again.
  await visit(page, "/ui/invocations");
  for (const order of ["oldest", "newest"]) {
    const [first] = await ids(`order=${order}`);
    await page.click('th button:text-is("Created")');
    await page.waitForFunction((first) => document.querySelector("tbody tr")?.dataset.id === first, first);
    const direction = await page.getAttribute("th[aria-sort]", "aria-sort");
    if (direction !== (order === "oldest" ? "ascending" : "descending")) problems.push(`the ${order} are first, and the head says ${direction}`);
  }
  // Another column sorts the rows of this page, and the page says so, until the whole list is sorted.
  await page.click('th button:text-is("Status")');
  const caption = await page.innerText("caption:not(.hidden)");
  if (!caption.startsWith("Invocations of this page, sorted by Status.")) problems.push(`sorted rows are called ${caption}`);
  await check(page, "/ui/invocations, sorted", {});
  await page.click('th button:text-is("Created")');
  await page.waitForSelector("caption.hidden", { state: "attached" });
  await visit(page, "/ui/invocations?text=A%20Book");
  const delayed = await page.$$eval("tbody .status", (found) => found.map((it) => it.textContent));
  if (delayed.join() !== "scheduled") problems.push(`a text of one request is found in ${delayed}`);
  return { views: [...new Set(shown)] };
}
