import { Controller } from "@hotwired/stimulus";

// Several of a list in a closed line: its summary names what is ticked; a word finds among many.
//   <details data-controller="pick"><summary><span data-pick-target="summary" data-none="choose" data-label="">…
export default class extends Controller {
  static targets = ["summary", "search", "choice"];

  connect() {
    this.onOutside = (event) => { if (this.element.open && !this.element.contains(event.target)) this.element.open = false; };
    document.addEventListener("pointerdown", this.onOutside);
    this.element.addEventListener("change", () => this.sum());
    this.element.addEventListener("keydown", (event) => this.key(event));
    if (this.hasSearchTarget) this.searchTarget.addEventListener("input", (event) => this.find(event));
    this.element.addEventListener("toggle", () => { if (this.element.open && this.hasSearchTarget) this.searchTarget.focus(); });
  }

  disconnect() {
    document.removeEventListener("pointerdown", this.onOutside);
  }

  key(event) {
    if (event.code === "Escape" && this.element.open) {
      event.stopPropagation();
      this.element.open = false;
      this.element.querySelector("summary").focus();
    } else if (event.code === "Enter" && event.target === (this.hasSearchTarget && this.searchTarget)) event.preventDefault();
  }

  find(event) {
    // The list is filtered here; nothing is to be counted for it.
    event.stopPropagation();
    const word = this.searchTarget.value.trim().toLowerCase();
    this.choiceTargets.forEach((choice) => { choice.hidden = !choice.textContent.toLowerCase().includes(word); });
  }

  sum() {
    const named = this.choiceTargets.filter((choice) => choice.querySelector("input").checked).map((choice) => choice.textContent.trim());
    const { none, label } = this.summaryTarget.dataset;
    this.summaryTarget.textContent = named.length ? label + named.join(", ") : none;
  }
}
