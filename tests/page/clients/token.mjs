// An admin interface that needs tokens: one that reads, and one that changes.
import { admin, check, open, press, problems } from "./harness.mjs";

const must = (holds, what) => holds || problems.push(what);

async function signIn(page, token) {
  await page.fill("#token", token);
  await page.keyboard.press("Enter");
}

export async function token() {
  const page = await open({});
  await page.goto(`${admin}/ui/invocations?status=running`);
  await page.waitForSelector("#token");
  await check(page, "the form for a token", {});
  await signIn(page, "nobody-0123456789");
  await page.waitForFunction(() => document.querySelector("#token")?.value === "");
  must((await page.textContent("[role=alert]")).includes("token"), "it is not told that the token is wrong");

  await signIn(page, "reader-0123456789");
  await page.waitForSelector("tbody tr");
  must(new URL(page.url()).search === "?status=running", "the view is lost");
  await page.check("#all");
  await press(page, "kill");
  await page.waitForSelector(".problems [role=alert]");
  must((await page.locator("tbody tr").count()) === 1, "a token that reads has killed");
  await page.goto(`${admin}/ui/services/Shop/approve`);
  await page.click("[data-action=invoke]");
  await page.waitForSelector(".result [role=alert]");

  // The token is that of this tab alone, and is nowhere in its address.
  must(!page.url().includes("reader"), "the token is in the address");
  const other = await page.context().newPage();
  await other.goto(`${admin}/ui/invocations?status=running`);
  await other.waitForSelector("#token");
  await signIn(other, "writer-0123456789");
  await other.waitForSelector("tbody tr");
  await other.check("#all");
  await press(other, "kill");
  await other.waitForFunction(() => document.querySelectorAll("tbody tr").length === 0);
  return { done: ["refused", "read", "changed"] };
}
