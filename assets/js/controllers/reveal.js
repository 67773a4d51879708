import { Controller } from "@hotwired/stimulus";

// A password shown while it is typed.
export default class extends Controller {
  static targets = ["input", "button"];

  toggle() {
    const shown = this.inputTarget.type === "password";
    this.inputTarget.type = shown ? "text" : "password";
    this.buttonTarget.setAttribute("aria-pressed", String(shown));
    this.inputTarget.focus();
  }
}
