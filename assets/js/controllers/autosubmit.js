import { Controller } from "@hotwired/stimulus";

// Filters act as they are chosen. With htmx on the form the answer replaces its target, an older
// request is dropped (hx-sync="this:replace"); a form without htmx is simply sent.
const PAUSE = 350;

export default class extends Controller {
  connect() {
    this.element.addEventListener("change", (event) => { if (!this.typed(event.target)) this.send(0); });
    this.element.addEventListener("input", (event) => { if (this.typed(event.target)) this.send(PAUSE); });
    this.element.querySelectorAll("[data-no-script]").forEach((element) => { element.hidden = true; });
  }

  disconnect() {
    clearTimeout(this.timer);
  }

  typed(field) {
    return field.matches("input:not([type=checkbox], [type=radio], [type=date], [type=month], [type=file], [type=hidden])");
  }

  send(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.element.requestSubmit(), pause);
  }

  clear() {
    this.element.querySelectorAll("input, select").forEach((field) => {
      if (field.matches("[type=checkbox], [type=radio]")) field.checked = false;
      else field.value = "";
    });
    this.send(0);
  }
}
