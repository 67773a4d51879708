import { Controller } from "@hotwired/stimulus";
import htmx from "../htmx.js";

// The pivot's page: every link and form of it is the same page laid out otherwise. Here the answer takes the place of
// the page without a jump, the address goes along, chips are dragged between shelves (their menus do the same without
// dragging), and ← → close and open the row that has the focus.
const REPLACED = ["pivot", "pivot-actions"];
const FILTER = "filter";

export default class extends Controller {
  static targets = ["shelf"];
  static values = { query: String };

  connect() {
    this.onClick = (event) => this.follow(event);
    this.onSubmit = (event) => this.submit(event);
    this.element.addEventListener("click", this.onClick);
    this.element.addEventListener("submit", this.onSubmit);
    this.element.querySelectorAll("[data-no-script]").forEach((element) => { element.hidden = true; });
    this.layDrag();
  }

  disconnect() {
    this.drags?.forEach((drag) => drag.destroy());
  }

  follow(event) {
    const link = event.target.closest('a[href^="?"]');
    if (!link || link.hasAttribute("download") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.load(link.getAttribute("href"), link.id);
  }

  submit(event) {
    const form = event.target;
    if (form.method !== "get") return;
    event.preventDefault();
    this.load(`?${new URLSearchParams(new FormData(form))}`, document.activeElement?.id);
  }

  async load(query, focus) {
    this.asked?.abort();
    this.asked = new AbortController();
    this.element.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(query, { signal: this.asked.signal, headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) { location.assign(query); return; }
      this.show(new DOMParser().parseFromString(await answer.text(), "text/html"), query, focus);
    } catch (error) {
      if (error.name !== "AbortError") location.assign(query);
    }
  }

  show(page, query, focus) {
    const scrolled = this.element.querySelector(".pv-wrap")?.scrollLeft ?? 0;
    history.pushState({ pivot: true }, "", query);
    for (const id of REPLACED) {
      const [here, there] = [document.getElementById(id), page.getElementById(id)];
      if (!here || !there) continue;
      const fresh = document.importNode(there, true);
      here.replaceWith(fresh);
      htmx.process(fresh);
    }
    const wrap = document.querySelector("#pivot .pv-wrap");
    if (wrap) wrap.scrollLeft = scrolled;
    const next = focus ? document.getElementById(focus) : null;
    (next ?? document.querySelector("#pivot .pv-chips .chip"))?.focus({ preventScroll: true });
  }

  walk(event) {
    // A link that is called a button is pressed by Space too.
    if (event.code === "Space" && event.target.matches(".tree")) {
      event.preventDefault();
      event.target.click();
      return;
    }
    const open = { ArrowRight: "false", ArrowLeft: "true" }[event.code];
    const row = event.target.closest("tr");
    if (!open || !row) return;
    const toggle = row.querySelector(".tree");
    if (toggle?.getAttribute("aria-expanded") === open) {
      event.preventDefault();
      toggle.click();
    } else if (event.code === "ArrowLeft") {
      const above = this.above(row);
      if (!above) return;
      event.preventDefault();
      above.querySelector(".tree").focus();
    }
  }

  // The row that this one is under.
  above(row) {
    const depth = Number(row.dataset.depth);
    let before = row.previousElementSibling;
    while (before && Number(before.dataset.depth) >= depth) before = before.previousElementSibling;
    return before;
  }

  async layDrag() {
    const { default: Sortable } = await import("sortablejs");
    if (!this.element.isConnected) return;
    this.drags = this.shelfTargets.map((shelf) => Sortable.create(shelf, {
      group: shelf.dataset.shelf === "measures" ? "measures" : "dimensions", animation: 120, onEnd: (event) => this.dropped(event),
    }));
    // Browser tests wait for this.
    this.element.dataset.drag = "1";
  }

  dropped({ item, from, to, oldIndex, newIndex }) {
    if (from === to && oldIndex === newIndex) return;
    const code = item.dataset.code;
    const query = new URLSearchParams(this.queryValue);
    if (from.dataset.shelf === FILTER && from !== to) this.unfilter(query, code);
    for (const shelf of this.shelfTargets) {
      const name = shelf.dataset.shelf;
      const codes = [...shelf.children].map((chip) => chip.dataset.code).filter(Boolean);
      query.delete(name);
      if (!codes.length && name !== FILTER) query.append(name, "");
      for (const each of new Set(codes)) query.append(name, each);
    }
    query.delete("open");
    this.load(`?${query}`);
  }

  unfilter(query, code) {
    query.delete(`f.${code}`);
    const rest = query.getAll("not").filter((each) => each !== code);
    query.delete("not");
    rest.forEach((each) => query.append("not", each));
  }
}

addEventListener("popstate", (event) => { if (event.state?.pivot || document.getElementById("pivot")) location.reload(); });
