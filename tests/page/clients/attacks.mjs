// What pages of others try with the engine of the person who visits them.
import { createServer } from "node:http";
import { admin, another, answer, open, problems } from "./harness.mjs";

const { port } = new URL(admin);

// What the engine has, which must stay so.
async function whole() {
  const query = (text) => answer("/query", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query: text }) });
  return JSON.stringify([
    (await answer("/invocations?limit=1000")).invocations.map(({ id, status }) => [id, status]),
    await answer("/limits/rules"),
    await query("SELECT service, key, name, value FROM main.state"),
  ]);
}

// Runs in the page of others: everything that a page can send without being asked, and what it must ask for.
async function attack([admin, id]) {
  const invoke = JSON.stringify({ request: '{"buyer": "mallory", "article": "all"}', content_type: "application/json", mode: "send" });
  const rule = JSON.stringify([{ pattern: "*", limits: { concurrency: 1 } }]);
  const read = [];
  for (const [method, path, type, body] of [
    ["POST", "/services/Shop/handlers/order/invoke", "text/plain", invoke],
    ["POST", "/services/Shop/handlers/order/invoke", "application/x-www-form-urlencoded", invoke],
    ["POST", "/services/Shop/handlers/order/invoke", "application/json", invoke],
    ["PUT", "/limits/rules", "application/json", rule],
    ["PATCH", `/invocations/${id}/kill`, undefined, undefined],
    ["POST", `/invocations/${id}/kill`, "text/plain", ""],
    ["DELETE", "/services/Basket/state/ann/count", undefined, undefined],
    ["PUT", "/services/Basket/state/ann/count", "text/plain", "1000"],
    ["POST", "/query", "text/plain", JSON.stringify({ query: "SELECT 1" })],
    ["GET", "/invocations", undefined, undefined],
  ]) {
    for (const mode of ["cors", "no-cors"]) {
      const headers = type === undefined ? {} : { "content-type": type };
      try {
        const response = await fetch(`${admin}${path}`, { method, mode, headers, body, credentials: "include" });
        if (response.type !== "opaque") read.push(`${method} ${path}: ${response.status}`);
      } catch {
        // Not sent, or not shown to the page.
      }
    }
  }
  for (const [path, type] of [["/services/Shop/handlers/order/invoke", "text/plain"], ["/invocations/kill?limit=100", "application/x-www-form-urlencoded"]]) {
    const frame = document.createElement("iframe");
    frame.name = `frame-${path}`;
    const form = document.createElement("form");
    Object.assign(form, { method: "POST", action: `${admin}${path}`, enctype: type, target: frame.name });
    const field = document.createElement("input");
    // As text, this is the body `{"mode": "send", "x": "="}`.
    Object.assign(field, { name: '{"mode": "send", "x": "', value: '"}' });
    form.append(field);
    document.body.append(frame, form);
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
    form.submit();
    await loaded;
  }
  const frame = document.createElement("iframe");
  frame.src = `${admin}/ui`;
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
  document.body.append(frame);
  await loaded;
  return read;
}

async function from(chromium, origin, id) {
  const context = await chromium.newContext();
  const page = await context.newPage();
  const statuses = [];
  page.on("response", (response) => response.url().startsWith(admin) && statuses.push(response.status()));
  await page.goto(`${origin}/prize`);
  for (const read of await page.evaluate(attack, [admin, id])) problems.push(`${origin} has read ${read}`);
  for (const frame of page.frames().filter((frame) => frame !== page.mainFrame())) {
    if ((await frame.$("main h1").catch(() => null)) !== null) problems.push(`${origin} shows the page in a frame`);
  }
  await context.close();
  return statuses;
}

// The name of a site of others leads to this computer.
async function rebound(chromium, id) {
  const page = await chromium.newPage();
  const site = `http://rebound.example:${port}`;
  const response = await page.goto(`${site}/ui`);
  if (response.status() !== 403) problems.push(`the page is shown at another name: ${response.status()}`);
  const read = await page.evaluate(attack, [site, id]);
  for (const it of read) if (!/: (403|415)$/.test(it)) problems.push(`another name of this computer: ${it}`);
  return read.length;
}

export async function attacks() {
  const [{ id }] = (await answer("/invocations?handler=approve")).invocations;
  const before = await whole();
  const others_page = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>Win a prize</title>"));
  await new Promise((resolve) => others_page.listen(0, "127.0.0.1", resolve));
  const place = others_page.address().port;
  const chromium = await another("--host-resolver-rules=MAP rebound.example 127.0.0.1,MAP evil.example 127.0.0.1");
  const statuses = [];
  for (const name of ["evil.example", "127.0.0.1", "localhost"]) statuses.push(...(await from(chromium, `http://${name}:${place}`, id)));
  const answers = await rebound(chromium, id);
  await chromium.close();
  others_page.close();
  if ((await whole()) !== before) problems.push(`something was changed: ${before} is now ${await whole()}`);
  const others = statuses.filter((status) => ![403, 415].includes(status));
  // The page itself may be asked for: it has no data, and cannot be framed.
  if (others.some((status) => status !== 200)) problems.push(`answers to pages of others: ${others}`);

  // Scripts in what only operators write.
  const script = "<img src=x onerror=\"window.intruded=1\"><script>window.intruded=1</script>";
  const json = { "content-type": "application/json" };
  await answer("/limits/rules", { method: "PUT", headers: json, body: JSON.stringify([{ pattern: "orders/*", limits: {}, description: script }]) });
  await answer(`/services/Basket/state/${encodeURIComponent(script)}/${encodeURIComponent(script)}`, { method: "PUT", body: JSON.stringify(script) });
  const page = await open({});
  for (const path of ["/ui/limits", "/ui/objects", `/ui/objects/Basket/${encodeURIComponent(script)}`, `/ui/${encodeURIComponent(script)}`, `/ui/invocations?text=${encodeURIComponent(script)}&service=${encodeURIComponent(script)}`]) {
    await page.goto(`${admin}${path}`);
    await page.waitForSelector("main h1");
    if (!(await page.textContent("body")).includes("onerror") && path !== "/ui/objects" && !path.includes("?")) problems.push(`${path} does not show the text`);
    if (await page.evaluate(() => window.intruded)) problems.push(`${path}: a script of others has run`);
  }
  return { refused: statuses.filter((status) => status === 403).length, answers };
}
