// Runs the unary cases of Connect's conformance suite, in all of its protocols, versions of HTTP, codecs
// and compressions that a durable service can have. Prints each case that fails, what is inapplicable and
// why, and the numbers.
//
// conformance.mjs <origin> <limit of messages> <descriptor set> <directory of YAML files>
import { readFileSync, readdirSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { Code, ConnectError, createClient } = require("@connectrpc/connect");
const { compressionGzip, createConnectTransport, createGrpcTransport, createGrpcWebTransport } =
  require("@connectrpc/connect-node");
const { createFileRegistry, fromBinary, fromJson, toBinary } = require("@bufbuild/protobuf");
const { FileDescriptorSetSchema } = require("@bufbuild/protobuf/wkt");
const { parse } = require("yaml");

const [origin, limit, descriptors, directory] = process.argv.slice(2);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
const PACKAGE = "connectrpc.conformance.v1.";
const service = registry.getService(PACKAGE + "ConformanceService");
const RequestInfo = registry.getMessage(PACKAGE + "ConformancePayload.RequestInfo");

const passed = [];
const failed = [];
const inapplicable = new Map();

const leaveOut = (reason, name) => inapplicable.set(reason, [...(inapplicable.get(reason) ?? []), name]);
const short = (name) => name.replace(/^[A-Z]+_(VERSION_)?/, "").toLowerCase();
const get = (object, name) => object[name] ?? object[name.replace(/[A-Z]/g, (it) => "_" + it.toLowerCase())];

// The number of a code such as CODE_NOT_FOUND.
const codes = registry.getEnum(PACKAGE + "Code");
const number = (name) => codes.values.find((it) => it.name === name).number;

function message(json) {
  const { "@type": type, ...fields } = json;
  return fromJson(registry.getMessage(type.split("/").pop()), fields, { registry });
}

async function call(test, protocol, version, codec, compression) {
  const { request } = test;
  const method = service.method[(request.method ?? "Unary").replace(/^./, (it) => it.toLowerCase())];
  const sent = message(request.requestMessages[0]);
  const [expand] = test.expandRequests ?? [];
  if (expand) {
    const size = Number(limit) + expand.sizeRelativeToLimit;
    let missing = size - toBinary(method.input, sent).length;
    sent.requestData = new Uint8Array(missing);
    missing = toBinary(method.input, sent).length - size;
    sent.requestData = new Uint8Array(sent.requestData.length - missing);
  }
  const gzip = compression === "gzip";
  const options = {
    baseUrl: origin,
    httpVersion: version,
    useBinaryFormat: codec === "proto",
    useHttpGet: get(request, "useGetHttpMethod") ?? false,
    acceptCompression: gzip ? [compressionGzip] : [],
    sendCompression: gzip ? compressionGzip : null,
    compressMinBytes: 0,
  };
  const create = { connect: createConnectTransport, grpc: createGrpcTransport, grpc_web: createGrpcWebTransport };
  const client = createClient(service, create[protocol](options));
  const headers = new Headers();
  for (const { name, value } of request.requestHeaders ?? []) {
    value.forEach((it) => headers.append(name, it));
  }
  try {
    const response = await client[method.localName](sent, { headers, timeoutMs: request.timeoutMs });
    return { payload: response.payload };
  } catch (error) {
    const failure = ConnectError.from(error);
    const [info] = failure.findDetails(RequestInfo);
    return { code: failure.code, message: failure.rawMessage, info };
  }
}

// What a response that the client library cannot make a request for says, as the suite reads it.
async function raw(test, protocol, version) {
  const { verb, uri, headers = [], unary, stream } = test.request.rawRequest;
  const contents = (it) => {
    if (it.binary) return Buffer.from(it.binary, "base64");
    const any = get(it, "binaryMessage");
    const value = message(any);
    return Buffer.from(toBinary(registry.getMessage(value.$typeName), value));
  };
  const body = unary ? contents(unary) : Buffer.concat((stream?.items ?? []).map((item) => {
    const payload = contents(item.payload);
    const prefix = Buffer.alloc(5);
    prefix[0] = item.flags;
    prefix.writeUInt32BE(payload.length, 1);
    return Buffer.concat([prefix, payload]);
  }));
  const fields = Object.fromEntries(headers.map(({ name, value }) => [name, value.join(", ")]));
  const received = version === "2" ? await send2(verb, uri, fields, body) : await send1(verb, uri, fields, body);
  return { status: received.status, code: codeOf(received, protocol) };
}

function send1(method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(origin + path, { method, headers }, (response) => {
      const parts = [];
      response.on("data", (it) => parts.push(it));
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, trailers: {}, body: Buffer.concat(parts) }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

function send2(method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const session = http2.connect(origin);
    const stream = session.request({ ":method": method, ":path": path, ...headers }, { endStream: false });
    const received = { trailers: {}, parts: [] };
    stream.on("response", (it) => Object.assign(received, { status: it[":status"], headers: it }));
    stream.on("trailers", (it) => (received.trailers = it));
    stream.on("data", (it) => received.parts.push(it));
    stream.on("error", reject);
    stream.on("close", () => (session.close(), resolve({ ...received, body: Buffer.concat(received.parts) })));
    stream.end(body);
  });
}

function codeOf({ status, headers, trailers, body }, protocol) {
  const named = {
    grpc: () => trailers["grpc-status"] ?? headers["grpc-status"],
    grpc_web: () => headers["grpc-status"] ?? /grpc-status: *(\d+)/i.exec(body.toString("latin1"))?.[1],
    connect: () => {
      try {
        const { code } = JSON.parse(body.toString());
        return number("CODE_" + code.toUpperCase());
      } catch {
        return undefined;
      }
    },
  }[protocol]();
  const byStatus = { 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14 };
  return named === undefined ? (byStatus[status] ?? 2) : Number(named);
}

function problems(test, answer) {
  const found = [];
  const expected = test.expectedResponse;
  const [sent] = test.request.requestMessages;
  const definition = get(sent, "responseDefinition") ?? {};
  const error = expected ? expected.error : definition.error;
  const is = (what, left, right) => left === right || found.push(`${what} is ${left}, not ${right}`);
  if (error) {
    const allowed = [error.code, ...(test.otherAllowedErrorCodes ?? [])].map(number);
    if (!allowed.includes(answer.code)) found.push(`the code is ${Code[answer.code]}, not ${error.code}`);
    if (error.message !== undefined && !test.request.rawRequest) is("the message", answer.message, error.message);
    if (expected?.httpStatusCode && answer.status) is("the status", answer.status, expected.httpStatusCode);
    // What the service sees travels as a detail.
    if (!expected && !answer.info) found.push("the failure has no detail");
  } else if (test.request.rawRequest) {
    is("the code", answer.code, 0);
  } else if (!answer.payload) {
    found.push(`it has failed: ${Code[answer.code]} ${answer.message}`);
  } else {
    const data = Buffer.from(answer.payload.data).toString("base64");
    is("the data", data, get(definition, "responseData") ?? "");
    const timeout = answer.payload.requestInfo.timeoutMs;
    const given = test.request.timeoutMs;
    if (given && !(timeout > given - 500 && timeout <= given)) found.push(`the service sees the timeout ${timeout}`);
  }
  const info = answer.info ?? answer.payload?.requestInfo;
  for (const { name, value } of (info && test.request.requestHeaders) || []) {
    const seen = info.requestHeaders.filter((it) => it.name.toLowerCase() === name.toLowerCase());
    is(`the header ${name}`, seen.flatMap((it) => it.value).join(", "), value.join(", "));
  }
  return found;
}

async function run(suite, test) {
  const all = (name, otherwise) => (get(suite, name) ?? otherwise).map(short);
  for (const protocol of all("relevantProtocols", ["PROTOCOL_CONNECT", "PROTOCOL_GRPC", "PROTOCOL_GRPC_WEB"])) {
    for (const version of all("relevantHttpVersions", ["HTTP_VERSION_1", "HTTP_VERSION_2"])) {
      for (const codec of all("relevantCodecs", ["CODEC_PROTO", "CODEC_JSON"])) {
        for (const compression of all("relevantCompressions", ["COMPRESSION_IDENTITY", "COMPRESSION_GZIP"])) {
          const name = [suite.name, test.request.testName, protocol, `http/${version}`, codec, compression].join("/");
          if (protocol === "grpc" && version !== "2") continue;
          const shown = version === "1" ? "1.1" : version;
          const answer = test.request.rawRequest
            ? await raw(test, protocol, version)
            : await call(test, protocol, shown, codec, compression);
          const found = problems(test, answer);
          found.length ? failed.push(`${name}: ${found.join("; ")}`) : passed.push(name);
        }
      }
    }
  }
}

for (const file of readdirSync(directory).sort()) {
  const suite = parse(readFileSync(`${directory}/${file}`, "utf8"));
  for (const test of suite.testCases) {
    const name = `${suite.name}/${test.request.testName}`;
    if (suite.mode === "TEST_MODE_CLIENT") leaveOut("it tests clients", name);
    else if (get(suite, "reliesOnTls") || get(suite, "reliesOnTlsClientCerts")) leaveOut("it needs TLS", name);
    else if (test.request.streamType !== "STREAM_TYPE_UNARY") leaveOut("it streams", name);
    else await run(suite, test);
  }
}
for (const [reason, names] of inapplicable) console.log(`inapplicable, as ${reason}: ${names.length}\n  ${names.join("\n  ")}`);
for (const line of failed) console.log(`FAILED ${line}`);
const cases = new Set(passed.map((name) => name.split("/http/")[0].replace(/\/[a-z_]+$/, "")));
console.log(`${cases.size} cases`);
console.log(`${passed.length} passed, ${failed.length} failed`);
process.exit(failed.length || !passed.length ? 1 : 0);
