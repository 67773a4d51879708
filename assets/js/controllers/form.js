import { Controller } from "@hotwired/stimulus";

// Ctrl+Enter saves, leaving with unsaved words asks, the first wrong field takes the focus,
// and a second press does not send twice.
export default class extends Controller {
  static values = { warn: { type: Boolean, default: true } };

  connect() {
    // The server is the only judge, in the product's words; the browser's own bubbles stay for pages without scripts.
    this.element.noValidate = true;
    this.onLeave = (event) => { if ("dirty" in this.element.dataset) event.preventDefault(); };
    if (this.warnValue) addEventListener("beforeunload", this.onLeave);
    this.element.addEventListener("input", () => { this.element.dataset.dirty = ""; });
    this.element.addEventListener("submit", (event) => this.submitted(event));
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.querySelector('[aria-invalid="true"]')?.focus();
    // Back from the browser's cache the buttons must work again.
    this.onShow = () => this.element.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
    addEventListener("pageshow", this.onShow);
  }

  disconnect() {
    removeEventListener("beforeunload", this.onLeave);
    removeEventListener("pageshow", this.onShow);
  }

  key(event) {
    if (event.code !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    this.element.requestSubmit(this.element.querySelector("[type=submit].btn--primary") ?? undefined);
  }

  submitted(event) {
    delete this.element.dataset.dirty;
    const sentByHtmx = ["hx-post", "hx-get", "hx-put", "hx-patch", "hx-delete"].some((name) => this.element.hasAttribute(name));
    if (sentByHtmx || this.element.target || event.defaultPrevented) return;
    if (event.submitter?.hasAttribute("aria-busy")) { event.preventDefault(); return; }
    event.submitter?.setAttribute("aria-busy", "true");
  }
}
