// The admin interface, as the command line tool uses it too.

const TOKEN = "restate-token";

// The error of a request; `status` is that of HTTP, or 0 if there was no answer.
export class RequestError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// Keeps a token until the tab is closed; everything that is asked for from now on has it.
export function signIn(token) {
  sessionStorage.setItem(TOKEN, token);
}

async function request(method, path, body, read = JSON.parse) {
  const headers = { accept: read === JSON.parse ? "application/json" : "text/plain" };
  const token = sessionStorage.getItem(TOKEN);
  if (token !== null) headers.authorization = `Bearer ${token}`;
  if (method === "POST") headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body });
  } catch {
    throw new RequestError(0, "the engine does not answer; it may have stopped");
  }
  const text = await response.text();
  let answer = null;
  try {
    answer = text === "" ? null : (response.ok ? read : JSON.parse)(text);
  } catch {
    throw new RequestError(response.status, `the answer of ${path} is not JSON: ${text.slice(0, 200)}`);
  }
  if (!response.ok) throw new RequestError(response.status, answer?.message ?? `${path}: ${response.status}`);
  return answer;
}

// A path of segments, each of which may have any characters.
export function path(...segments) {
  return `/${segments.map(encodeURIComponent).join("/")}`;
}

// A query of those parameters that have a value.
export function query(parameters) {
  const entries = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(entries).toString().replaceAll("+", "%20");
  return text === "" ? "" : `?${text}`;
}

export const get = (path) => request("GET", path);
// The text of a response that is not JSON.
export const getText = (path) => request("GET", path, undefined, String);
export const patch = (path) => request("PATCH", path);
export const post = (path, value) => request("POST", path, JSON.stringify(value));
export const put = (path, body) => request("PUT", path, body);
export const remove = (path) => request("DELETE", path);

// The rows of an SQL query.
export async function sql(text) {
  return (await request("POST", "/query", JSON.stringify({ query: text }))).rows;
}

// A text as SQL has it.
export const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
