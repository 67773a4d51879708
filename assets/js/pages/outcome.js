import { Controller } from "@hotwired/stimulus";
import { announce } from "../text.js";

// What came of the call: eight buttons, some with a second question. Digits press what is on screen, so the
// choices of the second question take the digits over while they are open.
export default class extends Controller {
  static targets = ["outcome", "when", "reason", "address", "title", "buttons", "button", "choices", "said", "other", "moment"];

  connect() {
    this.onPhone = (event) => {
      const link = event.target.closest("[data-desk-phone]");
      if (link) this.addressTarget.value = link.dataset.deskPhone;
    };
    document.addEventListener("click", this.onPhone);
  }

  disconnect() {
    document.removeEventListener("click", this.onPhone);
  }

  pick({ currentTarget: button }) {
    this.clear();
    if (!button.dataset.choices) {
      this.press(button, button.value);
      return;
    }
    this.asking = button;
    this.buttonsTarget.hidden = true;
    const choices = this.choicesTargets.find((group) => group.id === button.dataset.choices);
    choices.hidden = false;
    choices.querySelector(".out")?.focus({ preventScroll: true });
  }

  choose({ currentTarget: choice }) {
    const button = this.asking;
    const { kind } = choice.dataset;
    if (kind === "when") this.whenTarget.value = choice.value;
    if (kind === "reason") this.reasonTarget.value = choice.value;
    this.close();
    this.press(button, kind === "outcome" ? choice.value : button.value, choice.querySelector(".grow").textContent);
    this.otherTarget.hidden = !(kind === "when" && choice.value === "other");
    if (!this.otherTarget.hidden) this.momentTarget.focus();
  }

  press(button, outcome, words = "") {
    this.outcomeTarget.value = outcome;
    this.buttonTargets.forEach((other) => {
      other.setAttribute("aria-pressed", String(other === button));
      other.querySelector("small").textContent = other === button ? words : "";
    });
    button.focus({ preventScroll: true });
    announce([button.querySelector(".grow").firstChild.textContent.trim(), words].filter(Boolean).join(": "));
  }

  clear() {
    this.outcomeTarget.value = "";
    this.whenTarget.value = "";
    this.reasonTarget.value = "";
    this.otherTarget.hidden = true;
    this.buttonTargets.forEach((button) => {
      button.setAttribute("aria-pressed", "false");
      button.querySelector("small").textContent = "";
    });
  }

  back() {
    const button = this.asking;
    this.close();
    button?.focus();
  }

  close() {
    this.choicesTargets.forEach((group) => { group.hidden = true; });
    this.buttonsTarget.hidden = false;
  }

  escape(event) {
    if (event.code === "Escape" && this.buttonsTarget.hidden && !document.querySelector("dialog[open]")) this.back();
  }

  // The booking column has booked: the outcome follows. Given back: it has to be said again.
  booked() {
    this.close();
    this.clear();
    const button = this.buttonTargets.find((one) => one.value === "booked");
    if (button) this.press(button, "booked");
  }

  unbooked() {
    if (this.outcomeTarget.value === "booked") this.clear();
  }
}
