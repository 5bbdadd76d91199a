// Fields for a value that a JSON Schema describes.

import { h } from "./dom.js";

// How deep objects in objects have fields of their own; deeper ones are written as JSON.
const DEEPEST = 3;

// Fields for values of `schema`. `changed` is called with the value, which is `undefined` while nothing is filled
// in, whenever it changes. The labels begin with `prefix`, which tells forms of one page apart.
export function fields(schema, prefix, changed) {
  const resolve = (it) => {
    const name = it?.$ref?.match(/^#\/(?:\$defs|definitions)\/(.+)$/)?.[1];
    return name === undefined ? (it ?? {}) : (schema.$defs ?? schema.definitions)?.[name] ?? {};
  };
  const build = (it, id, label, depth, set) => {
    const found = resolve(it);
    if (found.properties && depth < DEEPEST) return group(found, id, label, depth, set);
    return single(found, id, label, set);
  };
  const group = (found, id, label, depth, set) => {
    const value = {};
    const field = ([name, it]) =>
      build(it, `${id}-${name}`, name, depth + 1, (part) => {
        if (part === undefined) delete value[name];
        else value[name] = part;
        set(Object.keys(value).length === 0 ? undefined : value);
      });
    return h("fieldset", {}, h("legend", {}, label), found.description && h("p", {}, found.description), Object.entries(found.properties).map(field));
  };
  return build(schema, prefix, schema.title ?? "Request", 0, changed);
}

// One field, with what it says while it cannot be read.
function single(schema, id, label, set) {
  const kind = kindOf(schema);
  const problem = h("span", { class: "failure", id: `${id}-problem`, "aria-live": "polite" });
  const read = (event) => {
    const text = event.target.value;
    try {
      set(text === "" ? undefined : READ[kind](text));
      problem.textContent = "";
      event.target.removeAttribute("aria-invalid");
    } catch (error) {
      problem.textContent = error.message;
      event.target.setAttribute("aria-invalid", "true");
    }
  };
  const common = { id, input: read, "aria-describedby": `${id}-problem`, autocomplete: "off" };
  const choices = kind === "boolean" ? ["true", "false"] : schema.enum?.filter((it) => it !== null).map(String);
  const field = choices
    ? h("select", common, h("option", { value: "" }, "not set"), choices.map((it) => h("option", { value: it }, it)))
    : kind === "json"
      ? h("textarea", { ...common, rows: 2, placeholder: schema.type === "array" ? "[ ]" : "{ }" })
      : h("input", { ...common, inputmode: kind === "number" ? "decimal" : "text" });
  return h("div", { class: "field" }, h("label", { for: id }, label), field, problem, schema.description && h("p", { class: "hint" }, schema.description));
}

function kindOf(schema) {
  const types = [schema.type].flat();
  if (schema.enum || types.includes("string")) return types.includes("integer") || types.includes("number") ? "number" : "text";
  if (types.includes("boolean")) return "boolean";
  if (types.includes("integer") || types.includes("number")) return "number";
  return "json";
}

const READ = {
  text: (text) => text,
  boolean: (text) => text === "true",
  // Integers of 64 bits are texts, in which no digit is lost; so are `NaN` and `Infinity`.
  number(text) {
    const number = Number(text);
    if (text.trim() === "" || (Number.isNaN(number) && text !== "NaN")) throw new Error(`\`${text}\` is not a number`);
    return !Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number)) ? text.trim() : number;
  },
  json(text) {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new Error(`this is not JSON: ${error.message}`);
    }
  },
};
