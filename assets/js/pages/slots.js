import { Controller } from "@hotwired/stimulus";
import { announce } from "../text.js";

// The grid of free places (workplace/booking/_slots.html): one stop for Tab, arrows walk over the open hours,
// a press marks a slot and asks the server to keep it for three minutes.
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export default class extends Controller {
  static targets = ["form", "cell", "start", "label", "book", "hold"];

  pick({ currentTarget: cell }) {
    if (cell.getAttribute("aria-disabled") === "true") return;
    this.cellTargets.forEach((other) => other.setAttribute("aria-pressed", String(other === cell)));
    this.stop(cell);
    this.startTarget.value = cell.dataset.start;
    if (this.hasLabelTarget) this.labelTarget.textContent = cell.dataset.when;
    this.bookTarget.disabled = false;
    announce(cell.getAttribute("aria-label"));
    window.htmx.trigger(this.holdTarget, "keep");
  }

  move(event) {
    const step = STEPS[event.code];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = this.neighbour(event.currentTarget, step);
    if (!next) return;
    this.stop(next);
    next.focus();
  }

  // The nearest slot in that direction; closed hours between are passed over.
  neighbour(cell, [rows, columns]) {
    const place = (one) => [Number(one.dataset.row), Number(one.dataset.column)];
    const [row, column] = place(cell);
    const ahead = this.cellTargets.filter((other) => {
      const [otherRow, otherColumn] = place(other);
      return rows ? otherColumn === column && (otherRow - row) * rows > 0 : otherRow === row && (otherColumn - column) * columns > 0;
    });
    const far = (other) => Math.abs(place(other)[0] - row) + Math.abs(place(other)[1] - column);
    return ahead.sort((one, other) => far(one) - far(other))[0];
  }

  stop(cell) {
    this.cellTargets.forEach((other) => { other.tabIndex = other === cell ? 0 : -1; });
  }
}
