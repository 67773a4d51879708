import { Controller } from "@hotwired/stimulus";
import { locale } from "../text.js";

// The time of day in a place: <time data-controller="clock" data-clock-zone-value="Europe/Samara">9:00</time>
export default class extends Controller {
  static values = { zone: String };

  connect() {
    this.tick();
  }

  disconnect() {
    clearTimeout(this.timer);
  }

  tick() {
    const options = { hour: "numeric", minute: "2-digit", ...(this.zoneValue ? { timeZone: this.zoneValue } : {}) };
    this.element.textContent = new Intl.DateTimeFormat(locale, options).format(new Date());
    this.timer = setTimeout(() => this.tick(), 60_000 - (Date.now() % 60_000));
  }
}
