// Serves the carrier on a port of loopback, and prints the port.
import "./node20.js";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import * as restate from "@restatedev/restate-sdk";
import { carrier } from "./carrier.js";

const server = http2.createServer(restate.createEndpointHandler({ services: [carrier] }));
server.listen(Number(process.env.PORT ?? 9080), "127.0.0.1", () => {
  console.log((server.address() as AddressInfo).port);
});
