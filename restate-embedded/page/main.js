// Shows the view that the address names, and the next one when a link is followed.

import { signIn } from "./api.js";
import { announce, failure, h } from "./dom.js";
import { deployment, deployments } from "./deployments.js";
import { health } from "./health.js";
import { detail } from "./invocation.js";
import { list } from "./invocations.js";
import { limits } from "./limits.js";
import { objects, state } from "./objects.js";
import { playground } from "./playground.js";
import { schedule, schedules } from "./schedules.js";
import { service, services } from "./services.js";

const VIEWS = [
  ["Invocations", "invocations"],
  ["Objects", "objects"],
  ["Services", "services"],
  ["Schedules", "schedules"],
  ["Deployments", "deployments"],
  ["Limits", "limits"],
  ["Health", "health"],
];

// What ends the view that is shown.
let leave = new AbortController();

// The view of an address: an element, and what is shown in the title.
function view(segments, parameters, signal) {
  const [name = "invocations", first, second] = segments;
  if (name === "invocations" && first) return detail(first, signal);
  if (name === "invocations") return list(parameters, signal, show);
  if (name === "objects" && second !== undefined) return state(first, second, parameters.get("scope"));
  if (name === "objects") return objects(parameters, show);
  if (name === "services" && second) return playground(first, second);
  if (name === "services" && first) return service(first);
  if (name === "services") return services();
  if (name === "schedules" && first) return schedule(first);
  if (name === "schedules") return schedules(parameters, show);
  if (name === "deployments" && first) return deployment(first);
  if (name === "deployments") return deployments();
  if (name === "limits") return limits(signal);
  if (name === "health") return health(signal);
  throw new Error(`there is no view \`${segments.join("/")}\``);
}

function navigation(current) {
  const link = ([title, name]) => h("a", { href: `/ui/${name}`, "aria-current": name === current && "page" }, title);
  document.querySelector("nav").replaceChildren(...VIEWS.map(link));
}

// Asks for a token, as the admin interface needs one.
function askForToken(error) {
  const field = h("input", { type: "password", autocomplete: "off", required: true, id: "token" });
  const submit = (event) => {
    event.preventDefault();
    signIn(field.value);
    show();
  };
  return h(
    "form",
    { submit },
    h("h1", {}, "Sign in"),
    failure(error),
    h("label", { for: "token" }, "Token of the admin interface"),
    field,
    h("button", {}, "Sign in"),
  );
}

// Shows the view of the address.
export async function show() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const segments = location.pathname.split("/").slice(2).filter((it) => it !== "").map(decodeURIComponent);
  navigation(segments[0] ?? "invocations");
  const main = document.querySelector("main");
  let shown;
  try {
    shown = await view(segments, new URLSearchParams(location.search), signal);
  } catch (error) {
    shown = error.status === 401 ? askForToken(error) : h("section", {}, h("h1", {}, "Not shown"), failure(error));
  }
  if (signal.aborted) return;
  main.replaceChildren(shown);
  const title = main.querySelector("h1").textContent;
  document.title = `${title} – Restate embedded`;
  announce(title);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='/ui']");
  if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  show().then(() => document.querySelector("main").focus({ preventScroll: false }));
});
window.addEventListener("popstate", show);
show();
