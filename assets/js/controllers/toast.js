import { Controller } from "@hotwired/stimulus";

// Goes by itself after its time, not while it is pointed at or focused. It never takes the focus.
export default class extends Controller {
  static values = { seconds: { type: Number, default: 8 } };

  connect() {
    this.left = this.secondsValue * 1000;
    this.resume();
  }

  disconnect() {
    clearTimeout(this.timer);
  }

  pause() {
    clearTimeout(this.timer);
    this.left = Math.max(2000, this.left - (Date.now() - this.since));
  }

  resume() {
    clearTimeout(this.timer);
    if (!this.secondsValue) return;
    this.since = Date.now();
    this.timer = setTimeout(() => this.close(), this.left);
  }

  close() {
    this.element.remove();
  }
}
