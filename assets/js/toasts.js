import { text } from "./text.js";

// Builds a toast from the page's template; the same markup as ui/toast.html.
export function toast(words, { level = "ok" } = {}) {
  const region = document.getElementById("toasts");
  const source = document.getElementById(`toast-${level}`) ?? document.getElementById("toast-info");
  if (!region || !source) return;
  const element = source.content.firstElementChild.cloneNode(true);
  element.querySelector("p").textContent = words;
  region.append(element);
}

// A refusal stands until what was refused is done after all: sent to the same place, or by the same form.
const refused = new WeakMap();
const source = ({ requestConfig, pathInfo }) => ({
  path: pathInfo.requestPath,
  form: requestConfig.elt.closest("form"),
});
const isSame = (one, other) => one.path === other.path || (one.form !== null && one.form === other.form);

export function refusal(request) {
  const shown = document.getElementById("toasts")?.lastElementChild;
  if (shown?.matches(".toast--bad")) refused.set(shown, source(request));
}

export function done(request) {
  for (const shown of document.querySelectorAll("#toasts > .toast--bad")) {
    const of = refused.get(shown);
    if (of && isSame(of, source(request))) shown.remove();
  }
}

export const failure = (name) => toast(text(name), { level: "bad" });
