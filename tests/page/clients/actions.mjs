// Every action on invocations and state.
import { answer, ids, open, press, problems, until, visit } from "./harness.mjs";

export async function actions() {
  const page = await open({});
  const done = [];
  const status = async (id) => (await answer(`/invocations/${id}`)).status;
  const [charged] = await ids("handler=charge");
  const [approved] = await ids("handler=approve");
  const [scheduled] = await ids("status=scheduled");

  await visit(page, `/ui/invocations/${charged}`);
  await page.getByRole("cell", { name: /the bank says/ }).first().waitFor();
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

  await visit(page, `/ui/invocations/${succeeded}`);
  await page.locator("[data-from]").first().click();
  await page.click("dialog button[value=yes]");
  const link = page.getByText("Restarted as").getByRole("link");
  const restarted = await link.textContent();
  const entries = async (id) => (await answer(`/invocations/${id}/journal`)).entries;
  await until("restart from an entry", async () => (await status(restarted)) === "succeeded");
  const [kept, all] = [await entries(restarted), await entries(succeeded)];
  if (JSON.stringify(kept[1]) !== JSON.stringify(all[1])) problems.push(`the entry is not kept: ${JSON.stringify(kept[1])}`);
  done.push("restart from an entry");
  await visit(page, `/ui/invocations/${succeeded}`);
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
  await page.fill("#new-name", "a <b>note</b>");
  await page.fill("#new-value", '"gift"');
  await press(page, "add");
  await until("add", async () => (await state())["a <b>note</b>"] === "gift");
  await visit(page, "/ui/objects?text=GIFT");
  if ((await page.locator("tbody tr").count()) !== 1) problems.push("a value is not found");
  await visit(page, "/ui/objects/Basket/ann");
  done.push("add");
  await press(page, "clear-all");
  await until("clear all", async () => Object.keys(await state()).length === 0);
  done.push("clear-all");

  await visit(page, "/ui/invocations?status=scheduled");
  await page.check("#all");
  await press(page, "kill");
  await until("kill of the chosen", async () => ["failed", undefined].includes(await status(scheduled)));
  done.push("many");
  return { done };
}
