import { Controller } from "@hotwired/stimulus";

// A list whose order matters. Dragging has a twin without dragging: buttons with data-action="sortable#up|down".
export default class extends Controller {
  static targets = ["item", "order"];

  async connect() {
    this.number();
    const { default: Sortable } = await import("sortablejs");
    if (!this.element.isConnected) return;
    const list = this.itemTargets[0]?.parentElement;
    if (list) this.drag = Sortable.create(list, { handle: "[data-handle]", animation: 120, onEnd: () => this.changed() });
  }

  disconnect() {
    this.drag?.destroy();
  }

  up(event) { this.move(event, -1); }

  down(event) { this.move(event, 1); }

  move({ currentTarget }, step) {
    const item = this.itemTargets.find((candidate) => candidate.contains(currentTarget));
    const other = this.itemTargets[this.itemTargets.indexOf(item) + step];
    if (!other) return;
    if (step < 0) other.before(item); else other.after(item);
    currentTarget.focus();
    this.changed();
  }

  changed() {
    this.number();
    this.element.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Each item's hidden field says its place, so the form's answer is the order.
  number() {
    this.orderTargets.forEach((field, index) => { field.value = index + 1; });
  }
}
