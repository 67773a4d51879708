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

export const failure = (name) => toast(text(name), { level: "bad" });
