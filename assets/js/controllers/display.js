import { Controller } from "@hotwired/stimulus";

// Theme, density and single keys: a cookie each, read by the server on the next page (core/context.py).
const YEAR = 365 * 24 * 3600;

export default class extends Controller {
  static targets = ["choice"];

  connect() {
    this.choiceTargets.forEach((input) => { input.checked = input.value === this.current(input.name); });
  }

  current(name) {
    const root = document.documentElement.dataset;
    return { theme: root.themeChoice, density: root.density, keys: document.body.dataset.singleKeys }[name];
  }

  // The button in the top bar: to the other theme than the one on screen.
  toggle() {
    this.set("theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    document.querySelectorAll(`input[name="theme"]`).forEach((input) => { input.checked = input.value === this.current("theme"); });
  }

  choose({ target }) {
    const value = target.type === "checkbox" ? (target.checked ? "on" : "off") : target.value;
    this.set(target.name, value);
  }

  set(name, value) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
    const root = document.documentElement;
    if (name === "density") root.dataset.density = value;
    if (name === "keys") document.body.dataset.singleKeys = value;
    if (name !== "theme") return;
    root.dataset.themeChoice = value;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = value === "auto" ? (dark ? "dark" : "light") : value;
    dispatchEvent(new Event("themechange"));
  }
}
