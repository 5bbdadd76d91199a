// A form that invokes a handler.

import { get, path, post } from "./api.js";
import { curl } from "./curl.js";
import { announce, failure, h, payload } from "./dom.js";
import * as format from "./format.js";
import { fields } from "./schema.js";

const MODES = { call: "Call, and wait for the result", send: "Send", delay: "Send later" };

function text(id, label, attributes = {}) {
  return h("div", { class: "field" }, h("label", { for: id }, label), h("input", { id, name: id, autocomplete: "off", ...attributes }));
}

// What the form asks for, as the admin interface's route takes it.
function asked(form, type) {
  const value = (name) => form.elements[name]?.value || undefined;
  const mode = value("mode");
  return {
    mode: mode === "call" ? "call" : "send",
    request: type === undefined ? undefined : (form.elements.request.value ?? ""),
    content_type: type,
    key: value("key"),
    scope: value("scope"),
    limit_key: value("limit_key"),
    idempotency_key: value("idempotency_key"),
    delay: mode === "delay" ? value("delay") : undefined,
  };
}

function answer({ invocationId, result, status, executionTime }) {
  const link = h("p", {}, "Invocation ", format.invocation(invocationId));
  if (status !== undefined) {
    const said = status === "PreviouslyAccepted" ? "It was accepted before, with this idempotency key." : "It is accepted.";
    return [link, h("p", {}, said, executionTime && [" It starts ", format.time(executionTime), "."])];
  }
  if (result === null) return [link, h("p", {}, "It goes on; its view shows the result when it has ended.")];
  if (result.failure !== undefined) {
    const { code, message, metadata } = result.failure;
    return [link, h("p", { class: "failure", role: "alert" }, `It has failed with code ${code}: ${message}`), metadata && payload(metadata)];
  }
  return [link, h("h2", {}, "Result"), payload(result.value)];
}

// The view that invokes a handler of a service.
export async function playground(serviceName, handlerName) {
  const service = await get(path("services", serviceName));
  const handler = service.handlers.find((it) => it.name === handlerName);
  if (handler === undefined) throw new Error(`service \`${serviceName}\` has no handler \`${handlerName}\``);
  const types = handler.input ?? [];
  const type = types.includes("application/json") ? "application/json" : types[0];
  const result = h("div", { class: "result", "aria-live": "polite" });
  const line = h("code", { id: "curl" });
  const request = h("textarea", { id: "request", name: "request", rows: 6, spellcheck: "false" });
  if (type === "application/json" && handler.input_json_schema?.properties) request.value = "{}";
  const filled = (value) => {
    request.value = value === undefined ? (handler.input_json_schema.properties ? "{}" : "") : JSON.stringify(value, null, 2);
  };
  const update = () => {
    form.elements.delay.disabled = form.elements.mode.value !== "delay";
    line.textContent = curl(serviceName, handlerName, asked(form, type));
  };
  const submit = async (event) => {
    event.preventDefault();
    const button = form.querySelector("button[data-action=invoke]");
    button.disabled = true;
    result.replaceChildren(h("p", {}, "Waiting …"));
    try {
      const reply = await post(path("services", serviceName, "handlers", handlerName, "invoke"), asked(form, type));
      result.replaceChildren(...answer(reply).flat().filter(Boolean));
      announce("invoked");
    } catch (error) {
      result.replaceChildren(failure(error));
    }
    button.disabled = false;
  };
  const option = ([value, label]) => h("option", { value }, label);
  const form = h(
    "form",
    { class: "playground", submit, input: update, change: update },
    service.ty !== "Service" && text("key", "Key", { required: true }),
    type !== undefined && handler.input_json_schema && fields(handler.input_json_schema, "field", filled),
    type !== undefined && h("div", { class: "field" }, h("label", { for: "request" }, `Request, as it is sent: ${type}`), request),
    h(
      "details",
      {},
      h("summary", {}, "Idempotency key, scope, limit key"),
      text("idempotency_key", "Idempotency key"),
      service.ty !== "VirtualObject" && text("scope", "Scope"),
      service.ty !== "VirtualObject" && text("limit_key", "Limit key"),
    ),
    h("div", { class: "field" }, h("label", { for: "mode" }, "How"), h("select", { id: "mode", name: "mode" }, Object.entries(MODES).map(option))),
    text("delay", "Delay", { placeholder: "10s", disabled: true, required: true }),
    h("button", { "data-action": "invoke" }, "Invoke"),
  );
  update();
  const copy = async () => {
    await navigator.clipboard.writeText(line.textContent);
    announce("copied");
  };
  return h(
    "section",
    {},
    h("h1", {}, `Invoke ${serviceName}/${handlerName}`),
    h("p", {}, "Handler of ", format.service(serviceName)),
    handler.documentation && h("p", {}, handler.documentation),
    handler.public ? form : h("p", {}, "This handler is private: only handlers can call it."),
    handler.public && result,
    handler.public && h("h2", {}, "The same in a shell"),
    handler.public && h("pre", { tabindex: "0", role: "group", "aria-label": "curl" }, line),
    // Browsers give it only to pages of this computer and behind TLS.
    handler.public && navigator.clipboard && h("button", { type: "button", click: copy, "data-action": "copy" }, "Copy"),
  );
}
