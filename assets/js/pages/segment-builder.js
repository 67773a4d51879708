import { Controller } from "@hotwired/stimulus";

// The builder of segments: a condition's field is chosen in a dialog that is searched by words.
// The tree itself comes from the server; see office/segments/builder.html.
export default class extends Controller {
  static targets = ["fields", "search", "group", "field", "nothing"];

  choose({ currentTarget }) {
    this.chosenFor = currentTarget.dataset.id;
    this.searchTarget.value = "";
    this.filter();
    this.fieldsTarget.showModal();
    this.searchTarget.focus();
  }

  close() {
    this.fieldsTarget.close();
  }

  filter() {
    const words = this.searchTarget.value.toLowerCase().replaceAll("ё", "е").split(/\s+/).filter(Boolean);
    this.groupTargets.forEach((group) => {
      const heading = group.querySelector("h3").textContent;
      let any = false;
      group.querySelectorAll("[data-code]").forEach((field) => {
        const text = `${heading} ${field.textContent}`.toLowerCase().replaceAll("ё", "е");
        const fits = words.every((word) => text.includes(word));
        field.closest("li").hidden = !fits;
        any ||= fits;
      });
      group.hidden = !any;
    });
    this.nothingTarget.hidden = this.shown.length > 0;
  }

  get shown() {
    return this.fieldTargets.filter((field) => !field.closest("[hidden]"));
  }

  walk(event) {
    if (event.code === "Enter" && event.target === this.searchTarget) {
      event.preventDefault();
      this.shown[0]?.click();
      return;
    }
    if (event.code !== "ArrowDown" && event.code !== "ArrowUp") return;
    event.preventDefault();
    const fields = this.shown;
    const next = fields.indexOf(document.activeElement) + (event.code === "ArrowDown" ? 1 : -1);
    (fields[next] ?? this.searchTarget).focus();
  }

  take({ currentTarget }) {
    this.close();
    const field = this.element.querySelector(`[data-field-of="${CSS.escape(this.chosenFor)}"]`);
    if (!field || field.value === currentTarget.dataset.code) return;
    field.value = currentTarget.dataset.code;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
