import { Controller } from "@hotwired/stimulus";

// Steps of the script and answers to objections; [ and ] walk through the steps.
export default class extends Controller {
  static targets = ["step", "page", "objection", "reply"];

  show({ currentTarget }) {
    this.go(Number(currentTarget.dataset.index));
  }

  next() { this.go(this.index + 1); }

  previous() { this.go(this.index - 1); }

  get index() {
    return this.pageTargets.findIndex((page) => !page.hidden);
  }

  go(index) {
    if (index < 0 || index >= this.pageTargets.length) return;
    this.pageTargets.forEach((page, place) => { page.hidden = place !== index; });
    this.stepTargets.forEach((step, place) => {
      step.classList.toggle("done", place < index);
      if (place === index) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    });
    this.stepTargets[index].scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  answer({ currentTarget }) {
    const open = currentTarget.getAttribute("aria-expanded") !== "true";
    this.objectionTargets.forEach((chip) => chip.setAttribute("aria-expanded", String(open && chip === currentTarget)));
    this.objectionTargets.forEach((chip) => chip.classList.toggle("chip--on", open && chip === currentTarget));
    this.replyTargets.forEach((reply) => { reply.hidden = !open || reply.id !== currentTarget.getAttribute("aria-controls"); });
  }
}
