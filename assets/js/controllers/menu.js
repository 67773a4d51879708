import { Controller } from "@hotwired/stimulus";

// <button popovertarget="m1"> and <div id="m1" popover class="menu" data-controller="menu">.
// The browser opens and closes; here it is put beside its button, and arrows walk through it.
const GAP = 6;
const native = "popover" in HTMLElement.prototype;

export default class extends Controller {
  connect() {
    this.onPress = (event) => this.remember(event);
    this.onKey = (event) => this.walk(event);
    this.onToggle = (event) => this.toggled(event.newState === "open");
    document.addEventListener("click", this.onPress, true);
    this.element.addEventListener("keydown", this.onKey);
    this.element.addEventListener("toggle", this.onToggle);
    this.buttons().forEach((button) => button.setAttribute("aria-expanded", "false"));
  }

  disconnect() {
    document.removeEventListener("click", this.onPress, true);
  }

  buttons() {
    return [...document.querySelectorAll(`[popovertarget="${CSS.escape(this.element.id)}"]`)];
  }

  remember(event) {
    const button = event.target.closest?.(`[popovertarget="${CSS.escape(this.element.id)}"]`);
    if (button) this.button = button;
    if (native) return;
    const open = this.element.classList.contains("is-open");
    if (button ? !open : open && this.element.contains(event.target)) this.fallback(true);
    else if (open) this.fallback(false);
  }

  fallback(open) {
    this.element.classList.toggle("is-open", open);
    this.toggled(open);
  }

  toggled(open) {
    this.button?.setAttribute("aria-expanded", String(open));
    if (!open) return;
    this.place();
    this.items()[0]?.focus({ preventScroll: true });
  }

  place() {
    const menu = this.element;
    if (!this.button || matchMedia("(max-width: 760px)").matches) { menu.style.removeProperty("left"); menu.style.removeProperty("top"); return; }
    const from = this.button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = menu;
    const below = from.bottom + GAP + height <= innerHeight;
    const beside = this.button.closest(".rail");
    const left = beside ? from.right + GAP : from.left + width > innerWidth - GAP ? from.right - width : from.left;
    const top = beside ? Math.min(from.top, innerHeight - height - GAP) : below ? from.bottom + GAP : from.top - GAP - height;
    menu.style.left = `${Math.max(GAP, left)}px`;
    menu.style.top = `${Math.max(GAP, top)}px`;
  }

  items() {
    return [...this.element.querySelectorAll("a, button, input:not([type=radio]), input:checked")]
      .filter((item) => !item.disabled && item.getClientRects().length);
  }

  walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.code];
    if (event.code === "Escape" && !native) { this.fallback(false); this.button?.focus(); return; }
    if (!step || event.target.matches("input[type=radio]")) return;
    event.preventDefault();
    const items = this.items();
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
  }
}
