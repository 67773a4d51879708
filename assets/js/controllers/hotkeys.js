import { Controller } from "@hotwired/stimulus";

// Keys are matched by the physical key (event.code), so they work in the Russian layout.
//   <button data-key="F9">, <button data-key="Digit1">, <button data-key="Ctrl+Enter">
// A letter or digit works outside fields; with Alt also inside. Enter alone is never global: it belongs
// to the focused element. The person can switch single letters off (WCAG 2.1.4).
const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable=true]";
const MODIFIERS = ["Ctrl", "Alt", "Shift"];
const NAMES = { Slash: "/", BracketLeft: "[", BracketRight: "]", Escape: "Esc", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Period: ".", Comma: "," };

export default class extends Controller {
  static targets = ["list", "sheet"];

  connect() {
    this.listener = (event) => this.handle(event);
    document.addEventListener("keydown", this.listener);
  }

  disconnect() {
    document.removeEventListener("keydown", this.listener);
  }

  handle(event) {
    if (event.defaultPrevented || event.isComposing || event.repeat || document.querySelector("dialog[open]")) return;
    const code = event.code === "NumpadEnter" ? "Enter" : event.code.replace(/^Numpad(?=\d$)/, "Digit");
    if (code === "Enter" && !event.ctrlKey && !event.metaKey) return;
    const held = [event.ctrlKey || event.metaKey, event.altKey, event.shiftKey];
    const combination = [...MODIFIERS.filter((_, index) => held[index]), code].join("+");
    const single = /^(Shift\+)?(Key|Digit|Bracket|Slash|Period|Comma)/.test(combination);
    if (single && (document.body.dataset.singleKeys === "off" || event.target.closest?.(TYPING))) return;
    if (event.target.closest?.(TYPING) && !/^(Ctrl|Alt)\+|^F\d+$/.test(combination)) return;
    const element = this.find(combination) ?? (combination.startsWith("Alt+") ? this.find(combination.slice(4)) : null);
    if (!element) return;
    event.preventDefault();
    this.press(element);
  }

  find(combination) {
    return [...this.element.querySelectorAll(`[data-key~="${CSS.escape(combination)}"]`)]
      .find((element) => !element.disabled && element.getAttribute("aria-disabled") !== "true" && this.reachable(element)) ?? null;
  }

  // What a phone or a tab hides has no key; what waits in a closed menu has.
  reachable(element) {
    return element.getClientRects().length > 0 || element.closest("[popover]") !== null;
  }

  press(element) {
    if (element.matches("input, textarea, select")) { element.focus(); element.select?.(); return; }
    element.focus({ preventScroll: true });
    element.click();
  }

  // The sheet «?» lists the keys of this very page; those of the frame stand there already.
  fill() {
    const rows = [...this.element.querySelectorAll("[data-key]:not([data-key-frame])")].filter((element) => !element.closest("dialog"));
    const seen = new Set();
    this.listTarget.replaceChildren(...rows.flatMap((element) => {
      const name = this.nameOf(element);
      const mark = `${element.dataset.key} ${name}`;
      if (!name || seen.has(mark)) return [];
      seen.add(mark);
      return [this.line(name, element.dataset.key.split(" ")[0])];
    }));
    this.sheetTarget.hidden = !seen.size;
  }

  nameOf(element) {
    const words = element.dataset.keyName ?? element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent;
    if (words) return words.trim();
    const copy = element.cloneNode(true);
    copy.querySelectorAll("kbd, svg").forEach((part) => part.remove());
    return copy.textContent.trim().replace(/\s+/g, " ");
  }

  line(name, combination) {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const keys = document.createElement("dd");
    term.textContent = name;
    keys.append(...combination.split("+").map((part) => {
      const key = document.createElement("kbd");
      key.textContent = NAMES[part] ?? part.replace(/^(Key|Digit)/, "");
      return key;
    }));
    row.append(term, keys);
    return row;
  }
}
