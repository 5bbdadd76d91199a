// Invokes handlers by forms.
import { answer, check, open, problems, visit } from "./harness.mjs";

const must = (holds, what) => holds || problems.push(what);
const textOf = (page, selector) => page.textContent(selector);

export async function playground() {
  const page = await open({});
  const done = [];

  // From the schema of a message: fields, nested ones and numbers.
  await visit(page, "/ui/services/Stock/add");
  await page.fill("#key", "it's a <b>");
  await page.fill("#field-pieces", "three");
  must((await textOf(page, "#field-pieces-problem")).includes("not a number"), "a wrong number is not told");
  await page.fill("#field-pieces", "3");
  must(JSON.parse(await page.inputValue("#request")).pieces === 3, "the field is not in the request");
  const line = await textOf(page, "#curl");
  must(line.includes("/Stock/it%27s%20a%20%3Cb%3E/add") && line.includes('"pieces": 3'), `the line for the shell: ${line}`);
  await page.click("[data-action=invoke]");
  await page.waitForSelector(".result h2");
  must((await textOf(page, ".result pre")).includes("3"), "the result is not shown");
  await check(page, "result of a call", {});
  done.push("call");

  // What is no request is refused, and told.
  await page.fill("#request", "{");
  await page.click("[data-action=invoke]");
  await page.waitForSelector(".result [role=alert]");
  done.push("refused");

  // A handler that fails, with its code.
  await visit(page, "/ui/services/Shop/refuse");
  await page.fill("#request", '"no <i>stock</i>"');
  await page.click("[data-action=invoke]");
  await page.waitForSelector(".result [role=alert]");
  const failed = await textOf(page, ".result [role=alert]");
  must(failed.includes("code 500: no <i>stock</i>"), `the failure is shown as: ${failed}`);
  await check(page, "failure of a call", {});
  done.push("failed");

  // Sent later; its link leads to the invocation.
  await visit(page, "/ui/services/Shop/order");
  await page.fill("#request", '{"buyer": "zoe", "article": "a lamp"}');
  await page.selectOption("#mode", "delay");
  await page.fill("#delay", "1h");
  await page.click("summary");
  await page.fill("#idempotency_key", "lamp-1");
  must((await textOf(page, "#curl")).includes("/Shop/order/send?delay=1h"), "the line for the shell has no delay");
  await page.click("[data-action=invoke]");
  await page.click(".result a.id");
  await page.waitForSelector(".status.scheduled");
  const { invocations } = await answer("/invocations?status=scheduled&handler=order");
  must(invocations.some((it) => it.idempotency_key === "lamp-1"), "nothing is scheduled");
  done.push("delayed");

  // By the keyboard alone.
  await visit(page, "/ui/services/Shop/approve");
  await page.selectOption("#mode", "send");
  await page.focus("#mode");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".result a.id");
  done.push("keyboard");
  return { done };
}
