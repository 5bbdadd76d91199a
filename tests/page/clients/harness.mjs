// What all parts need: Chromium, the page in it, and the admin interface as other programs use it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { launch } from "../../rpc/clients/chromium.mjs";

const [modules, directory, , address] = process.argv.slice(2);
const axe = readFileSync(join(modules, "axe-core/axe.min.js"), "utf8");

// The URL of the admin interface.
export const admin = address;

// What must not have happened.
export const problems = [];

export const browser = await launch(modules, directory);

// Another one, with these arguments.
export const another = (...further) => launch(modules, directory, further);

// A page that notes whatever must not happen.
export async function open(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && problems.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`error: ${error}`));
  page.on("request", (request) => request.url().startsWith(admin) || problems.push(`request: ${request.url()}`));
  return page;
}

// Goes to a view and waits until it is shown.
export async function visit(page, path) {
  await page.goto(`${admin}${path}`);
  await page.waitForSelector("main h1");
  const alert = await page.$("main [role=alert]");
  if (alert) problems.push(`${path}: ${await alert.textContent()}`);
}

// Notes what axe finds, scripts of others that have run, and a view that is wider than the window.
export async function check(page, path, options) {
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

// The answer of the admin interface.
export const answer = async (path, init) => (await fetch(`${admin}${path}`, init)).json();
// The ids of the invocations that a filter finds.
export const ids = async (filter) => (await answer(`/invocations?${filter}`)).invocations.map((it) => it.id);

// Presses the button of an action and confirms it.
export async function press(page, action) {
  await page.click(`button[data-action="${action}"]`);
  await page.click("dialog button[value=yes]");
  await page.waitForSelector("dialog", { state: "detached" });
}

// Waits until `ask` says that it is so.
export async function until(what, ask) {
  for (const start = Date.now(); Date.now() - start < 20_000; ) {
    if (await ask()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not after 20 s: ${what}`);
}
