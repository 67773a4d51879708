import { Controller } from "@hotwired/stimulus";

// Groups of rows that open and close: <button class="tree" aria-expanded="false" data-group="g1" data-action="tree#toggle">
// over rows with data-parent="g1".
export default class extends Controller {
  toggle({ currentTarget: button }) {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    this.element.querySelectorAll(`[data-parent="${CSS.escape(button.dataset.group)}"]`).forEach((row) => { row.hidden = !open; });
  }
}
