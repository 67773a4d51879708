import { Controller } from "@hotwired/stimulus";
import { announce, number, text } from "../text.js";

// A table or list of things: a press anywhere in a row opens its link, J and K walk, Space ticks,
// ticked rows bring the bar of common actions.
//   <div data-controller="rows"> … <tr data-rows-target="row"> <th><a href="…">
//   <input type="checkbox" name="id" data-rows-target="tick">  <input data-rows-target="all">  <div class="bulk" data-rows-target="bar" hidden>
export default class extends Controller {
  static targets = ["row", "tick", "all", "bar", "count"];

  connect() {
    this.onKey = (event) => this.key(event);
    this.element.addEventListener("keydown", this.onKey);
    this.element.addEventListener("click", (event) => this.press(event));
    this.element.addEventListener("auxclick", (event) => this.press(event));
    this.element.addEventListener("change", (event) => { if (this.tickTargets.includes(event.target)) this.count(); });
    this.count();
  }

  tickTargetConnected() {
    this.count();
  }

  linkOf(row) {
    return row.querySelector("th a[href], a[href]");
  }

  press(event) {
    const row = event.target.closest("[data-rows-target~=row]");
    if (!row || event.target.closest("a, button, input, select, label, summary, [popover]") || String(getSelection())) return;
    const link = this.linkOf(row);
    if (!link || event.button > 1) return;
    if (event.button === 1 || event.ctrlKey || event.metaKey) open(link.href, "_blank", "noopener");
    else link.click();
  }

  next() { this.walk(1); }

  previous() { this.walk(-1); }

  walk(step) {
    const rows = this.rowTargets.filter((row) => row.getClientRects().length && this.linkOf(row));
    const index = rows.findIndex((row) => row.contains(document.activeElement) || row === this.last);
    const row = rows[Math.min(rows.length - 1, Math.max(0, index + step))];
    if (!row) return;
    this.last = row;
    this.linkOf(row).focus();
  }

  key(event) {
    if (event.code !== "Space" || !event.target.matches("a[href]")) return;
    const tick = event.target.closest("[data-rows-target~=row]")?.querySelector("[data-rows-target~=tick]");
    if (!tick) return;
    event.preventDefault();
    tick.click();
  }

  toggleAll() {
    this.tickTargets.forEach((tick) => { tick.checked = this.allTarget.checked; });
    this.count();
  }

  clear() {
    this.tickTargets.forEach((tick) => { tick.checked = false; });
    this.count();
  }

  count() {
    const ticked = this.tickTargets.filter((tick) => tick.checked);
    this.tickTargets.forEach((tick) => tick.closest("[data-rows-target~=row]")?.classList.toggle("is-on", tick.checked));
    if (this.hasAllTarget) {
      this.allTarget.checked = ticked.length > 0 && ticked.length === this.tickTargets.length;
      this.allTarget.indeterminate = ticked.length > 0 && ticked.length < this.tickTargets.length;
    }
    if (!this.hasBarTarget) return;
    const changed = !this.barTarget.hidden || ticked.length;
    this.barTarget.hidden = !ticked.length;
    this.countTargets.forEach((element) => { element.textContent = number(ticked.length); });
    if (changed) announce(text("ticked", { count: number(ticked.length) }));
  }
}
