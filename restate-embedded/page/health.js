// Whether the engine works, and how much of what it has.

import { get, sql } from "./api.js";
import { facts, h, table } from "./dom.js";
import * as format from "./format.js";
import { live } from "./live.js";

const COUNTS = "SELECT status, count(*) AS count FROM invocations_unfinished GROUP BY status ORDER BY status";

export async function health(signal) {
  const shown = h("div", {});
  const load = async () => {
    const [ready, version, counts] = await Promise.all([get("/ready"), get("/version"), sql(COUNTS)]);
    const row = (it) => h("tr", {}, h("td", {}, format.status(it.status)), h("td", {}, String(it.count)));
    shown.replaceChildren(
      facts([
        ["Engine", ready.status],
        ["Version", version.version],
      ]),
      h("h2", {}, "Unfinished invocations"),
      counts.length === 0 ? h("p", {}, "There are none.") : table("Unfinished invocations by status", ["Status", "Number"], counts.map(row)),
    );
  };
  const { problems } = await live(load, signal);
  return h("section", {}, h("h1", {}, "Health"), problems, shown);
}
