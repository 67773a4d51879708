import { Controller } from "@hotwired/stimulus";
import { locale, number, rub } from "../text.js";

// Ticked works: their sum and hours are counted here at once, the free places by the server.
const plural = new Intl.PluralRules(locale);

export default class extends Controller {
  static targets = ["item", "sum", "hours", "count"];

  connect() {
    this.update();
  }

  update() {
    if (!this.hasCountTarget) return;
    const ticked = this.itemTargets.filter((item) => item.checked);
    const total = (name) => ticked.reduce((sum, item) => sum + Number(item.dataset[name] || 0), 0);
    const form = plural.select(ticked.length);
    this.countTarget.textContent = `${number(ticked.length)} ${this.countTarget.dataset[form] ?? this.countTarget.dataset.many}`;
    this.hoursTarget.textContent = `${number(total("hours"), 1)} ${this.hoursTarget.dataset.unit}`;
    this.sumTarget.textContent = rub(total("amount"));
  }
}
