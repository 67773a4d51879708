import { Controller } from "@hotwired/stimulus";

// Columns of a wide page that become screens of a phone, chosen in the bar below.
//   <section class="pane is-on" id="p-client" data-panes-target="pane">
//   <button data-pane="p-client" data-panes-target="tab" data-action="panes#show">
export default class extends Controller {
  static targets = ["pane", "tab"];

  show({ currentTarget }) {
    this.paneTargets.forEach((pane) => pane.classList.toggle("is-on", pane.id === currentTarget.dataset.pane));
    this.tabTargets.forEach((tab) => {
      if (tab === currentTarget) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    });
    scrollTo(0, 0);
  }
}
