import { Controller } from "@hotwired/stimulus";

// Tabs of one page: arrows move, the panel follows. Tabs that are addresses are plain links with aria-current.
export default class extends Controller {
  static targets = ["tab", "panel"];

  connect() {
    this.select(this.tabTargets.find((tab) => tab.getAttribute("aria-selected") === "true") ?? this.tabTargets[0]);
  }

  show({ currentTarget }) {
    this.select(currentTarget);
  }

  move(event) {
    const tabs = this.tabTargets;
    const index = tabs.indexOf(event.currentTarget);
    const next = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.code];
    if (next === undefined) return;
    event.preventDefault();
    const tab = tabs[(next + tabs.length) % tabs.length];
    this.select(tab);
    tab.focus();
  }

  select(tab) {
    this.tabTargets.forEach((other) => {
      other.setAttribute("aria-selected", String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
    });
    this.panelTargets.forEach((panel) => { panel.hidden = panel.id !== tab.getAttribute("aria-controls"); });
    dispatchEvent(new Event("resize")); // a chart in a hidden panel has had no size
  }
}
