// Uses the page of the admin interface in a headless Chromium. Prints what it has seen, as JSON.
//
// page.mjs <directory of modules> <directory for Chromium> <views | actions | screenshots> <URL of the admin interface>
//          [<directory for screenshots>]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { launch } from "../../rpc/clients/chromium.mjs";

const [modules, directory, part, admin, screenshots] = process.argv.slice(2);
const axe = readFileSync(join(modules, "axe-core/axe.min.js"), "utf8");
const problems = [];
const browser = await launch(modules, directory);

// A page that notes whatever must not happen.
async function open(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && problems.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`error: ${error}`));
  page.on("request", (request) => request.url().startsWith(admin) || problems.push(`request: ${request.url()}`));
  return page;
}

// Goes to a view and waits until it is shown.
async function visit(page, path) {
  await page.goto(`${admin}${path}`);
  await page.waitForSelector("main h1");
  const alert = await page.$("main [role=alert]");
  if (alert) problems.push(`${path}: ${await alert.textContent()}`);
}

async function check(page, path, options) {
  // The policy of the page lets only its own scripts in; this goes around it.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  for (const { id, nodes } of violations) {
    problems.push(`${path} ${JSON.stringify(options)}: ${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
  }
  if (await page.evaluate(() => window.intruded)) problems.push(`${path}: a script of others has run`);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  if (overflow) problems.push(`${path} ${JSON.stringify(options)}: wider than the window`);
}

const answer = async (path, init) => (await fetch(`${admin}${path}`, init)).json();
const ids = async (filter) => (await answer(`/invocations?${filter}`)).invocations.map((it) => it.id);

async function views() {
  const [buyer] = (await answer("/invocations?handler=add")).invocations.map((it) => it.key);
  const found = [...(await ids("handler=order")), ...(await ids("handler=charge")), ...(await ids("handler=refuse")), ...(await ids("handler=approve"))];
  const paths = [
    "/ui",
    "/ui/invocations?status=suspended",
    ...found.map((id) => `/ui/invocations/${id}`),
    "/ui/objects",
    `/ui/objects/Basket/${encodeURIComponent(buyer)}`,
    "/ui/services",
    "/ui/services/Shop",
    "/ui/services/Basket",
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
  return { views: [...new Set(shown)] };
}

// Presses the button of an action and confirms it.
async function press(page, action) {
  await page.click(`button[data-action="${action}"]`);
  await page.click("dialog button[value=yes]");
  await page.waitForSelector("dialog", { state: "detached" });
}

async function until(what, ask) {
  for (const start = Date.now(); Date.now() - start < 20_000; ) {
    if (await ask()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not after 20 s: ${what}`);
}

async function actions() {
  const page = await open({});
  const done = [];
  const status = async (id) => (await answer(`/invocations/${id}`)).status;
  const [charged] = await ids("handler=charge");
  const [approved] = await ids("handler=approve");
  const [scheduled] = await ids("status=scheduled");

  await visit(page, `/ui/invocations/${charged}`);
  for (const [action, wanted] of [["pause", ["paused"]], ["resume", ["backing-off"]], ["kill", ["failed", undefined]]]) {
    await press(page, action);
    await until(action, async () => wanted.includes(await status(charged)));
    done.push(action);
  }

  const [succeeded] = await ids("handler=order&status=succeeded");
  const before = (await ids("handler=order")).length;
  await visit(page, `/ui/invocations/${succeeded}`);
  await press(page, "restart-as-new");
  await until("restart", async () => (await ids("handler=order")).length > before);
  done.push("restart-as-new");
  await press(page, "purge");
  await until("purge", async () => (await status(succeeded)) === undefined);
  done.push("purge");

  await visit(page, `/ui/invocations/${approved}`);
  await press(page, "cancel");
  await until("cancel", async () => (await status(approved)) !== "suspended" && (await status(approved)) !== "running");
  done.push("cancel");

  await visit(page, "/ui/objects/Basket/ann");
  await page.fill("#value-count", "7");
  await press(page, "replace");
  const state = async () => (await answer("/services/Basket/state/ann")).state;
  await until("replace", async () => (await state()).count === 7);
  // What is only shown and saved again stays what it was.
  const value = async () => (await answer("/query", { method: "POST", headers: { "content-type": "application/json", accept: "application/json" }, body: JSON.stringify({ query: "SELECT value_utf8 FROM state WHERE service_key = 'ann' AND key = 'last'" }) })).rows[0].value_utf8;
  const stored = await value();
  await page.locator("article", { has: page.locator("#value-last") }).getByRole("button", { name: "replace" }).click();
  await page.click("dialog button[value=yes]");
  await page.waitForSelector("dialog", { state: "detached" });
  if ((await value()) !== stored) problems.push(`a value was changed by saving it: ${stored}`);
  done.push("replace");
  await press(page, "clear");
  await until("clear", async () => (await state()).count === undefined);
  done.push("clear");

  await visit(page, "/ui/invocations?status=scheduled");
  await page.check("#all");
  await press(page, "kill");
  await until("kill of the chosen", async () => ["failed", undefined].includes(await status(scheduled)));
  done.push("many");
  return { done };
}

// A picture of each view, light and dark.
async function pictures() {
  const [order] = await ids("handler=order&status=succeeded");
  const [charge] = await ids("handler=charge");
  const names = {
    invocations: "/ui/invocations",
    invocation: `/ui/invocations/${order}`,
    failing: `/ui/invocations/${charge}`,
    objects: "/ui/objects",
    object: "/ui/objects/Basket/ann",
    services: "/ui/services",
    service: "/ui/services/Shop",
    deployments: "/ui/deployments",
    limits: "/ui/limits",
    health: "/ui/health",
  };
  const taken = [];
  for (const colorScheme of ["light", "dark"]) {
    const page = await open({ colorScheme, viewport: { width: 1200, height: 700 } });
    for (const [name, path] of Object.entries(names)) {
      await visit(page, path);
      await page.screenshot({ path: join(screenshots, `${name}-${colorScheme}.png`) });
      taken.push(`${name}-${colorScheme}.png`);
    }
  }
  return { taken };
}

const PARTS = { views, actions, screenshots: pictures };

try {
  const seen = await PARTS[part]();
  // What is not there any more is answered with 404, which the console tells.
  const unexpected = problems.filter((it) => !(part === "actions" && it.includes("404")));
  console.log(JSON.stringify({ ...seen, problems: unexpected }));
} finally {
  await browser.close();
}
