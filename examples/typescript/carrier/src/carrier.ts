// The service that Rust calls, and that calls Rust.
import * as restate from "@restatedev/restate-sdk";
import { Vans, type Parcel, type Receipt } from "./contract.js";

export const carrier = restate.service({
  name: "Carrier",
  handlers: {
    shipParcel: async (ctx: restate.Context, { city, grams }: Parcel): Promise<Receipt> => {
      // The same label, however often this handler is tried or replayed.
      const label = await ctx.run("label", () => `${city}-${ctx.rand.uuidv4()}`);
      const van = await ctx.objectClient<Vans>(Vans, city).load({ grams });
      return { label, van: van.number };
    },
  },
});
