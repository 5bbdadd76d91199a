// Uses the page of the admin interface in a headless Chromium. Prints what it has seen, as JSON.
//
// page.mjs <directory of modules> <directory for Chromium> <part> <URL of the admin interface> [<argument of the part>]
import { actions } from "./actions.mjs";
import { attacks } from "./attacks.mjs";
import { browser, problems } from "./harness.mjs";
import { limits } from "./limits.mjs";
import { live } from "./live.mjs";
import { million } from "./million.mjs";
import { pictures } from "./pictures.mjs";
import { playground } from "./playground.mjs";
import { schedules } from "./schedules.mjs";
import { token } from "./token.mjs";
import { views } from "./views.mjs";

const part = process.argv[4];
const PARTS = { views, actions, attacks, limits, live, million, playground, schedules, screenshots: pictures, token };

// What requests of a part are answered with besides 200: what is gone, refused, or changed meanwhile.
const EXPECTED = { actions: [404], playground: [400], limits: [409], live: [404], token: [401, 403] };

try {
  const seen = await PARTS[part]();
  // The console tells of answers that a part asks for.
  const expected = EXPECTED[part] ?? [];
  const unexpected = problems.filter((it) => !expected.some((status) => it.includes(`status of ${status}`)));
  console.log(JSON.stringify({ ...seen, problems: unexpected }));
} finally {
  await browser.close();
}
