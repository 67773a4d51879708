import { Controller } from "@hotwired/stimulus";

// Chips above a history: which kinds of lines are shown.
export default class extends Controller {
  static targets = ["chip", "item"];

  show({ currentTarget }) {
    const kinds = currentTarget.dataset.kinds.split(" ").filter(Boolean);
    this.chipTargets.forEach((chip) => chip.setAttribute("aria-pressed", String(chip === currentTarget)));
    this.itemTargets.forEach((item) => { item.hidden = kinds.length > 0 && !kinds.includes(item.dataset.kind); });
  }
}
