// What changes is shown without a reload, and what people do meanwhile is not disturbed.
import { answer, open, problems, visit } from "./harness.mjs";

const json = { "content-type": "application/json" };
const invoke = (handler, fields) => answer(`/services/Shop/handlers/${handler}/invoke`, { method: "POST", headers: json, body: JSON.stringify(fields) });

export async function live() {
  const page = await open({});
  const done = [];
  let loads = 0;
  page.on("load", () => (loads += 1));
  await visit(page, "/ui/invocations?service=Shop");
  const first = page.locator("tbody tr").first();
  const link = first.locator("a").first();
  const focused = await link.textContent();
  await first.locator("input").check();
  await link.focus();

  const { invocationId } = await invoke("approve", { mode: "send" });
  await page.waitForSelector(`tr[data-id="${invocationId}"]`);
  if ((await page.evaluate(() => document.activeElement.textContent)) !== focused) problems.push("the focus is lost");
  if (!(await page.isChecked(`tr[data-id="${focused}"] input`))) problems.push("what was chosen is lost");
  done.push("list");

  await page.click(`tr[data-id="${invocationId}"] a.id`);
  await page.waitForSelector(".status.running");
  await answer(`/invocations/${invocationId}/kill`, { method: "PATCH" });
  await page.waitForFunction(() => document.querySelector(".status.failed, .problems [role=alert]") !== null);
  done.push("invocation");

  await page.goBack();
  await page.waitForSelector("tbody tr");
  done.push("back");
  if (loads !== 1) problems.push(`the page was loaded ${loads} times`);
  return { done };
}
