import { Controller } from "@hotwired/stimulus";
import { announce, number } from "../text.js";

// Lines of a long form, found by their words as they are typed; a group without a found line goes.
const fold = (words) => words.toLowerCase().replaceAll("ё", "е").trim();

export default class extends Controller {
  static targets = ["input", "changed", "line", "group", "empty"];

  filter() {
    const wanted = fold(this.inputTarget.value).split(/\s+/).filter(Boolean);
    const onlyChanged = this.hasChangedTarget && this.changedTarget.checked;
    this.lineTargets.forEach((line) => {
      const words = fold(`${line.textContent} ${line.closest("section")?.querySelector("h2")?.textContent ?? ""}`);
      line.hidden = (onlyChanged && !("changed" in line.dataset)) || !wanted.every((word) => words.includes(word));
    });
    this.groupTargets.forEach((group) => { group.hidden = !group.querySelector("[data-filter-lines-target~=line]:not([hidden])"); });
    const found = this.lineTargets.filter((line) => !line.hidden).length;
    this.emptyTarget.hidden = found > 0;
    announce(number(found));
  }
}
