// Uses the page of an example in a headless Chromium. Prints what it shows, as JSON.
//
// page.mjs <directory of modules> <directory for Chromium> <URL of the page>
import { launch } from "./chromium.mjs";

const [modules, directory, url] = process.argv.slice(2);
const browser = await launch(modules, directory);
const page = await browser.newPage();
await page.goto(url);
const shown = [];
for (const name of ["Pete", ""]) {
  await page.evaluate(() => (document.querySelector("output").textContent = ""));
  await page.fill("input", name);
  await page.click("button");
  await page.waitForFunction(() => document.querySelector("output").textContent);
  shown.push(await page.textContent("output"));
}
await browser.close();
console.log(JSON.stringify(shown));
