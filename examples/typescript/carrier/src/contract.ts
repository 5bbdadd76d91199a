// What `shop.proto` says, for TypeScript: messages as JSON, and the services in Rust by name.
import type { Context, ObjectContext } from "@restatedev/restate-sdk";

export type Order = { number: string; city: string; items: number };
export type Parcel = { city: string; grams: number };
export type Van = { number: number };
export type Receipt = { label: string; van: number };

export type Orders = { place: (ctx: Context, order: Order) => Promise<Receipt> };
export const Orders = { name: "shop.v1.Orders" } as const;

// Its key is the city.
export type Vans = { load: (ctx: ObjectContext, parcel: Pick<Parcel, "grams">) => Promise<Van> };
export const Vans = { name: "shop.v1.Vans" } as const;
