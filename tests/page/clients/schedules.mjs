// Finds a schedule, and pauses, resumes, triggers and deletes it.
import { answer, check, open, press, problems, until, visit } from "./harness.mjs";

export async function schedules() {
  const page = await open({});
  const done = [];
  await visit(page, "/ui/schedules?name=morning");
  const shown = await page.textContent("tbody");
  if (!shown.includes("0 9 * * * (Europe/Berlin)") || !shown.includes("Shop/approve")) problems.push(`the schedule is shown as: ${shown}`);
  await check(page, "/ui/schedules", {});
  await page.click("tbody a");
  await page.waitForSelector("[data-action=Pause]");
  await check(page, "/ui/schedules/NAME", {});
  const says = (text) => page.waitForFunction((text) => document.querySelector("dl")?.textContent.includes(text), text);
  for (const [action, text] of [["Pause", "paused"], ["Resume", "active"]]) {
    await press(page, action);
    await says(text);
    done.push(action);
  }
  const approving = async () => (await answer("/invocations?handler=approve")).invocations.length;
  const before = await approving();
  await press(page, "Trigger");
  await until("triggered", async () => (await approving()) > before);
  done.push("Trigger");
  await press(page, "Delete");
  await page.waitForFunction(() => document.body.textContent.includes("There is no schedule of this name"));
  done.push("Delete");
  return { done };
}
