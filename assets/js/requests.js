// What every htmx request of the product has in common.
import { done, failure, refusal, toast } from "./toasts.js";

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") detail.headers["X-CSRFToken"] = meta("csrf-token");
});

// The session ended: the answer is the sign-in page, which must not land inside a fragment.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  const path = xhr.responseURL ? new URL(xhr.responseURL).pathname : "";
  if (path && path === meta("sign-in") && path !== location.pathname) {
    event.detail.shouldSwap = false;
    location.assign(`${path}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
});

// HX-Trigger: {"toast": {"text": "…", "level": "ok"}}
document.addEventListener("toast", ({ detail }) => toast(detail.text, { level: detail.level }));

document.addEventListener("htmx:responseError", ({ detail }) => {
  const { xhr } = detail;
  if (!xhr.getResponseHeader("HX-Trigger")?.includes("toast")) {
    const names = { 403: "forbidden", 404: "gone", 409: "conflict", 429: "tooMany" };
    failure(names[xhr.status] ?? "serverError");
  }
  refusal(detail);
});
const unanswered = ({ detail }) => {
  failure("noConnection");
  refusal(detail);
};
document.addEventListener("htmx:sendError", unanswered);
document.addEventListener("htmx:timeout", unanswered);
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful) done(detail);
});
