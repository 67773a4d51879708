import { Controller } from "@hotwired/stimulus";

// One of several buttons is pressed. A field with data-choice-target="value" takes the pressed one's value.
export default class extends Controller {
  static targets = ["item", "value"];
  static values = { attribute: { type: String, default: "aria-pressed" } };

  pick({ currentTarget }) {
    this.itemTargets.forEach((item) => item.setAttribute(this.attributeValue, String(item === currentTarget)));
    if (!this.hasValueTarget) return;
    this.valueTarget.value = currentTarget.value;
    this.valueTarget.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
