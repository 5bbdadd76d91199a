// Sets, changes and removes rules of limits.
import { answer, check, open, press, problems, until, visit } from "./harness.mjs";

export async function limits() {
  const page = await open({});
  const done = [];
  const rules = () => answer("/limits/rules");
  const set = async (concurrency) => {
    await page.fill("#concurrency", concurrency);
    await press(page, "set");
  };
  await visit(page, "/ui/limits");
  await page.fill("#pattern", "orders/*");
  await page.fill("#description", "one <b>tenant</b>");
  await set("10");
  await until("a rule is set", async () => (await rules()).some((it) => it.pattern === "orders/*" && it.limits.concurrency === 10));
  await page.waitForSelector("[data-action=edit]");
  await check(page, "/ui/limits", {});
  done.push("add");
  await page.click("[data-action=edit]");
  await set("5");
  await until("a rule is replaced", async () => (await rules())[0].limits.concurrency === 5);
  done.push("edit");
  await page.waitForFunction(() => document.querySelector("tbody td:nth-child(2)")?.textContent === "5");
  await page.click("[data-action=toggle]");
  await until("a rule is disabled", async () => (await rules())[0].disabled);
  done.push("disable");
  await page.waitForSelector("[data-action=toggle][aria-label^=enable]");
  await press(page, "remove");
  await until("a rule is removed", async () => (await rules()).length === 0);
  done.push("remove");
  // A second rule of a name does not replace the first unseen.
  await fetchRule();
  await page.fill("#pattern", "a");
  await set("1");
  await page.waitForSelector(".problems [role=alert]");
  if ((await rules())[0].limits.concurrency !== 7) problems.push("a rule was replaced unseen");
  done.push("conflict");
  return { done };
}

async function fetchRule() {
  const rule = [{ pattern: "a", limits: { concurrency: 7 } }];
  await answer("/limits/rules", { method: "PUT", body: JSON.stringify(rule) });
}
