import { Controller } from "@hotwired/stimulus";
import { number } from "../text.js";

// Files are dropped anywhere on the field, or chosen as usual; the list shows names and sizes.
export default class extends Controller {
  static targets = ["input", "list"];

  over(event) {
    event.preventDefault();
    this.element.classList.add("is-over");
  }

  leave() {
    this.element.classList.remove("is-over");
  }

  drop(event) {
    event.preventDefault();
    this.leave();
    this.inputTarget.files = event.dataTransfer.files;
    this.inputTarget.dispatchEvent(new Event("change", { bubbles: true }));
  }

  show() {
    this.listTarget.replaceChildren(...[...this.inputTarget.files].map((file) => {
      const line = document.createElement("li");
      const name = document.createElement("span");
      const size = document.createElement("span");
      name.className = "grow trunc";
      name.textContent = file.name;
      size.className = "muted nw";
      size.textContent = this.sizeOf(file.size);
      line.append(name, size);
      return line;
    }));
  }

  sizeOf(bytes) {
    const units = this.listTarget.dataset.units.split(" ");
    const step = bytes < 1024 ? 0 : bytes < 1024 ** 2 ? 1 : 2;
    return `${number(bytes / 1024 ** step, 1)} ${units[step]}`;
  }
}
