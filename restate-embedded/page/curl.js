// Lines for the shell that do what a form does, at the ingress.

// A text as one word of a shell.
const word = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

// A segment of a path, also without the characters that mean something in quotes.
const segment = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (it) => `%${it.charCodeAt(0).toString(16)}`);

// The line that invokes a handler. `asked` has the fields of the admin interface's route.
export function curl(service, handler, asked) {
  const { mode, request, content_type, key, scope, limit_key, idempotency_key, delay } = asked;
  const target = [service, ...(key === undefined ? [] : [key]), handler].map(segment).join("/");
  const place = scope === undefined ? (mode === "send" ? `${target}/send` : target) : `restate/scope/${segment(scope)}/${mode}/${target}`;
  const address = `"$INGRESS/${place}${delay === undefined ? "" : `?delay=${segment(delay)}`}"`;
  const headers = [
    idempotency_key !== undefined && `idempotency-key: ${idempotency_key}`,
    limit_key !== undefined && `x-restate-limit-key: ${limit_key}`,
  ].filter(Boolean);
  return ["curl", ...headers.map((it) => `-H ${word(it)}`), ...body(request, content_type), address].join(" ");
}

function body(request, type) {
  if (type === undefined) return ["-X POST"];
  if (type === "application/json") return [`--json ${word(request)}`];
  return [`-H ${word(`content-type: ${type}`)}`, `--data-binary ${word(request)}`];
}
