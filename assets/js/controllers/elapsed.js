import { Controller } from "@hotwired/stimulus";

// Time since a moment (or until it, for a lease): <time data-controller="elapsed" data-elapsed-since-value="2026-11-23T11:00:00Z">
// data-elapsed-until-value counts down and puts .is-over at zero.
export default class extends Controller {
  static values = { since: String, until: String };

  connect() {
    this.timer = setInterval(() => this.show(), 1000);
    this.show();
  }

  disconnect() {
    clearInterval(this.timer);
  }

  show() {
    const moment = Date.parse(this.sinceValue || this.untilValue);
    const seconds = Math.max(0, Math.floor((this.sinceValue ? Date.now() - moment : moment - Date.now()) / 1000));
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    const tail = `${String(minutes).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
    this.element.textContent = hours ? `${hours}:${tail}` : tail;
    this.element.classList.toggle("is-over", Boolean(this.untilValue) && seconds === 0);
  }
}
