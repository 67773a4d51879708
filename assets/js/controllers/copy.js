import { Controller } from "@hotwired/stimulus";
import { announce, text } from "../text.js";
import { toast } from "../toasts.js";

// <button data-controller="copy" data-action="copy#copy" data-copy-text-value="+79171234567">
// or data-copy-from-value="#codes" for the words of another element.
export default class extends Controller {
  static values = { text: String, from: String };

  async copy() {
    const words = this.textValue || document.querySelector(this.fromValue)?.innerText.trim() || "";
    try {
      await navigator.clipboard.writeText(words);
      toast(text("copied"));
      announce(text("copied"));
    } catch {
      // Without HTTPS the browser has no clipboard: select, so that Ctrl+C works.
      const source = this.fromValue ? document.querySelector(this.fromValue) : this.element.previousElementSibling;
      if (source) getSelection().selectAllChildren(source);
    }
  }
}
