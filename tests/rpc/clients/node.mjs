// Calls the services of the tests with Connect's client for node, over its three protocols, and with
// grpc-js. Prints what each has received, as JSON.
//
// node.mjs <origin> <descriptor set> <directories of .proto files>...
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// Modules are found in NODE_PATH, which `import` does not read.
const require = createRequire(import.meta.url);
const { Code, ConnectError, createClient } = require("@connectrpc/connect");
const { createConnectTransport, createGrpcTransport, createGrpcWebTransport } =
  require("@connectrpc/connect-node");
const { createFileRegistry, fromBinary } = require("@bufbuild/protobuf");
const { FileDescriptorSetSchema } = require("@bufbuild/protobuf/wkt");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const [origin, descriptors, ...directories] = process.argv.slice(2);
const files = fromBinary(FileDescriptorSetSchema, readFileSync(descriptors));
const registry = createFileRegistry(files);
const [desk, stock] = ["shop.v1.Desk", "shop.v1.Stock"].map((name) => registry.getService(name));
const name = "x".repeat(3000);

async function connect(transport) {
  const client = createClient(desk, transport);
  let id;
  const { text } = await client.greet({ name: "Pete" }, { onHeader: (it) => (id = it.get("x-restate-id")) });
  // With GET, where the transport does that.
  const preview = (await client.preview({ name: "Ann" })).text;
  const long = await client.greet({ name });
  const { pieces } = await createClient(stock, transport).add({ item: "tea", pieces: 2n });
  const failed = await client.fail({ code: 409, message: "100 % no, Zoë", rpcCode: 6 }).catch(ConnectError.from);
  const late = await client.wait({}, { timeoutMs: 300 }).catch(ConnectError.from);
  return {
    text,
    preview,
    long: long.text.length,
    pieces: pieces > 0n,
    hasId: id.startsWith("inv_1"),
    failed: [Code[failed.code], failed.rawMessage, failed.details.map((it) => it.type)],
    left: Number(failed.findDetails(registry.getMessage("shop.v1.Full"))[0].left),
    late: Code[late.code],
  };
}

const of = (create, httpVersion, more) => connect(create({ baseUrl: origin, httpVersion, ...more }));

function grpcJs() {
  const definition = loader.loadSync("shop/v1/shop.proto", { includeDirs: directories });
  const Client = grpc.loadPackageDefinition(definition).shop.v1.Desk;
  const client = new Client(new URL(origin).host, grpc.credentials.createInsecure(), {
    "grpc.default_compression_algorithm": grpc.compressionAlgorithms.gzip,
  });
  const call = (method, request, options = {}) =>
    new Promise((resolve) => {
      const sent = client[method](request, options, (error, response) =>
        resolve({ response, error: error && [grpc.status[error.code], error.details], metadata }));
      let metadata;
      sent.on("metadata", (it) => (metadata = it.get("x-restate-id")[0]));
    });
  return (async () => {
    const greeted = await call("greet", { name: "Pete" });
    const long = await call("greet", { name });
    const failed = await call("fail", { code: 409, message: "100 % no, Zoë", rpcCode: 6 });
    const late = await call("wait", {}, { deadline: Date.now() + 300 });
    client.close();
    return {
      text: greeted.response.text,
      long: long.response.text.length,
      hasId: greeted.metadata.startsWith("inv_1"),
      failed: failed.error,
      late: late.error[0],
    };
  })();
}

console.log(JSON.stringify({
  connectJson: await of(createConnectTransport, "1.1", { useBinaryFormat: false }),
  connectProto: await of(createConnectTransport, "2", { useBinaryFormat: true }),
  connectGet: await of(createConnectTransport, "1.1", { useHttpGet: true }),
  grpc: await of(createGrpcTransport, "2"),
  grpcWeb: await of(createGrpcWebTransport, "1.1"),
  grpcWebHttp2: await of(createGrpcWebTransport, "2"),
  grpcJs: await grpcJs(),
}));
process.exit(0);
