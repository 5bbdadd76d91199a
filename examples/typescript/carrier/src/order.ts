// Places an order, once for each number, and prints the receipt or the refusal.
import "./node20.js";
import * as clients from "@restatedev/restate-sdk-clients";
import { Orders } from "./contract.js";

const [number = "1", city = "Ulm", items = "2"] = process.argv.slice(2);
const ingress = clients.connect({ url: process.env.INGRESS ?? "http://127.0.0.1:8080" });
const orders = ingress.serviceClient<Orders>(Orders);
try {
  const receipt = await orders.place(
    { number, city, items: Number(items) },
    clients.rpc.opts({ idempotencyKey: number }),
  );
  console.log(JSON.stringify(receipt));
} catch (error) {
  if (!(error instanceof clients.HttpCallError)) throw error;
  console.log(`${error.status}: ${error.message}`);
}
