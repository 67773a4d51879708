import { Controller } from "@hotwired/stimulus";

// A chip puts the name of a fact into the script, where the cursor stands.
export default class extends Controller {
  static targets = ["field"];

  insert({ currentTarget }) {
    const field = this.fieldTarget;
    field.setRangeText(`{{ ${currentTarget.dataset.words} }}`, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
