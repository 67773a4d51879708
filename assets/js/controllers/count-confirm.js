import { Controller } from "@hotwired/stimulus";

// What cannot be undone is confirmed by typing the count. The server checks the same field.
export default class extends Controller {
  static targets = ["input", "submit"];
  static values = { expected: Number };

  connect() {
    this.check();
  }

  check() {
    const typed = this.inputTarget.value.replace(/[\s\u00a0]/g, "");
    this.submitTarget.disabled = typed !== String(this.expectedValue);
  }
}
