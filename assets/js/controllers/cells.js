import { Controller } from "@hotwired/stimulus";

// Arrows walk through the cells of a table that are links, over those that are none:
//   <table data-controller="cells" data-action="keydown->cells#walk">
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export default class extends Controller {
  walk(event) {
    const step = STEPS[event.code];
    if (!step || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const from = event.target.closest("td, th");
    let [row, column] = [from.parentElement.rowIndex, from.cellIndex];
    for (;;) {
      row += step[0];
      column += step[1];
      const cell = this.element.rows[row]?.cells[column];
      if (!cell) return;
      const link = cell.querySelector("a[href]");
      if (!link) continue;
      event.preventDefault();
      link.focus();
      return;
    }
  }
}
