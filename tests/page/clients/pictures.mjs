// A picture of each view, light and dark.
import { join } from "node:path";
import { ids, open, visit } from "./harness.mjs";

const screenshots = process.argv[6];

export async function pictures() {
  const [order] = await ids("handler=order&status=succeeded");
  const [charge] = await ids("handler=charge");
  const names = {
    invocations: "/ui/invocations",
    invocation: `/ui/invocations/${order}`,
    failing: `/ui/invocations/${charge}`,
    objects: "/ui/objects",
    object: "/ui/objects/Basket/ann",
    services: "/ui/services",
    service: "/ui/services/Shop",
    playground: "/ui/services/Stock/add",
    schedules: "/ui/schedules",
    deployments: "/ui/deployments",
    limits: "/ui/limits",
    health: "/ui/health",
  };
  const taken = [];
  for (const colorScheme of ["light", "dark"]) {
    const page = await open({ colorScheme, viewport: { width: 1200, height: 700 } });
    for (const [name, path] of Object.entries(names)) {
      await visit(page, path);
      await page.screenshot({ path: join(screenshots, `${name}-${colorScheme}.png`) });
      taken.push(`${name}-${colorScheme}.png`);
    }
  }
  return { taken };
}
