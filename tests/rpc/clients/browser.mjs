// Calls the services of the tests with Connect's client for browsers, from pages of two origins in a
// headless Chromium. Prints the origins, reads the URL of the services, and prints what each page has
// received, as JSON.
//
// browser.mjs <directory of modules> <directory for Chromium> <descriptor set>
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { launch } from "./chromium.mjs";

const [modules, directory, descriptors] = process.argv.slice(2);
const esm = (name, paths) => Object.fromEntries(paths.map((path) =>
  [name + path, `/modules/${name}/dist/esm${path}/index.js`]));
const imports = {
  ...esm("@bufbuild/protobuf", ["", "/codegenv1", "/codegenv2", "/reflect", "/wire", "/wkt"]),
  ...esm("@connectrpc/connect", ["", "/protocol", "/protocol-connect", "/protocol-grpc", "/protocol-grpc-web"]),
  ...esm("@connectrpc/connect-web", [""]),
};

const PAGE = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const set = new Uint8Array(await (await fetch("/descriptors")).arrayBuffer());
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, set));
const [desk, stock] = ["shop.v1.Desk", "shop.v1.Stock"].map((name) => registry.getService(name));

async function connect(transport) {
  const client = createClient(desk, transport);
  let id;
  const { text } = await client.greet({ name: "Pete" }, { onHeader: (it) => (id = it.get("x-restate-id")) });
  const preview = (await client.preview({ name: "Ann" })).text;
  const long = await client.greet({ name: "x".repeat(3000) });
  const { pieces } = await createClient(stock, transport).add({ item: "tea", pieces: 2n });
  const failed = await client.fail({ code: 409, message: "100 % no, Zoë", rpcCode: 6 }).catch(ConnectError.from);
  const late = await client.wait({}, { timeoutMs: 1000 }).catch(ConnectError.from);
  return {
    text,
    preview,
    long: long.text.length,
    pieces: Number(pieces),
    hasId: id.startsWith("inv_1"),
    failed: [Code[failed.code], failed.rawMessage, failed.details.map((it) => it.type)],
    late: Code[late.code],
  };
}

const transports = (baseUrl) => ({
  connectJson: createConnectTransport({ baseUrl, useBinaryFormat: false }),
  connectProto: createConnectTransport({ baseUrl, useBinaryFormat: true }),
  connectGet: createConnectTransport({ baseUrl, useHttpGet: true }),
  grpcWeb: createGrpcWebTransport({ baseUrl }),
});

window.call = async (baseUrl) => {
  const received = {};
  for (const [name, transport] of Object.entries(transports(baseUrl))) received[name] = await connect(transport);
  return received;
};

window.refused = async (baseUrl) => {
  const received = {};
  for (const [name, transport] of Object.entries(transports(baseUrl))) {
    const failed = await createClient(stock, transport).add({ item: "tea", pieces: 2n }).catch(ConnectError.from);
    const read = await createClient(desk, transport).preview({ name: "Ann" }).catch(ConnectError.from);
    received[name] = [failed, read].map((it) => (it instanceof ConnectError ? it.rawMessage : "an answer"));
  }
  return received;
};
window.ready = true;
</script>`;

function answer(request, response) {
  const send = (type, body) => response.writeHead(200, { "content-type": type }).end(body);
  const { pathname } = new URL(request.url, "http://page");
  if (pathname === "/") return send("text/html; charset=utf-8", PAGE);
  if (pathname === "/descriptors") return send("application/octet-stream", readFileSync(descriptors));
  const module = pathname.startsWith("/modules/") && join(modules, pathname.slice("/modules/".length));
  if (module && existsSync(module)) return send("text/javascript", readFileSync(module));
  response.writeHead(404).end();
}

function serve() {
  const server = createServer(answer);
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`)));
}

async function run(browser, page, call, url) {
  const opened = await browser.newPage();
  await opened.goto(page);
  await opened.waitForFunction("window.ready");
  return opened.evaluate(([call, url]) => window[call](url), [call, url]);
}

const [allowed, foreign] = [await serve(), await serve()];
console.log(JSON.stringify({ allowed, foreign }));
const url = await new Promise((resolve) => createInterface({ input: process.stdin }).once("line", resolve));
const browser = await launch(modules, directory);
console.log(JSON.stringify({
  foreign: await run(browser, foreign, "refused", url),
  allowed: await run(browser, allowed, "call", url),
}));
await browser.close();
process.exit(0);
