import { Controller } from "@hotwired/stimulus";
import { openDialog } from "../layers.js";

// Ctrl+K: pages of the product at once, people and cars from the server as the words are typed.
const fold = (words) => words.toLowerCase().replaceAll("ё", "е").trim();

export default class extends Controller {
  static targets = ["input", "page", "pages", "empty", "results"];

  connect() {
    this.listener = ({ target }) => { if (target.closest("[data-search-open]")) this.open(); };
    document.addEventListener("click", this.listener);
  }

  disconnect() {
    document.removeEventListener("click", this.listener);
  }

  open() {
    openDialog(this.element);
    this.inputTarget.select();
    this.filter();
  }

  filter() {
    const wanted = fold(this.inputTarget.value);
    this.pageTargets.forEach((page) => { page.hidden = !fold(page.textContent).includes(wanted); });
    this.pagesTarget.hidden = this.pageTargets.every((page) => page.hidden);
    if (!wanted) this.resultsTargets.forEach((results) => results.replaceChildren());
    this.mark(this.items()[0]);
  }

  // The server's answer has arrived.
  arrived() {
    this.mark(this.items()[0]);
  }

  items() {
    return [...this.element.querySelectorAll('[role="option"]')].filter((item) => item.getClientRects().length);
  }

  mark(item) {
    this.element.querySelectorAll('[aria-selected="true"]').forEach((other) => other.setAttribute("aria-selected", "false"));
    this.emptyTarget.hidden = Boolean(item) || !this.inputTarget.value.trim();
    if (!item) { this.inputTarget.removeAttribute("aria-activedescendant"); return; }
    item.id ||= `search-${Math.random().toString(36).slice(2)}`;
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    this.inputTarget.setAttribute("aria-activedescendant", item.id);
  }

  key(event) {
    const items = this.items();
    const index = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.code];
    if (step && items.length) {
      event.preventDefault();
      this.mark(items[(index + step + items.length) % items.length]);
    }
    if (event.code === "Enter" && items[index]) {
      event.preventDefault();
      items[index].click();
    }
  }
}
