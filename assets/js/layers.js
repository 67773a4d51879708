// Dialogs: <button data-dialog="id"> opens, <button data-close> closes the dialog around it.
// A fragment swapped into #dialog-content opens the page's common dialog; the answer
// HX-Trigger: {"dialog:close": {}} closes it.
export function openDialog(dialog) {
  if (!dialog || dialog.open) return;
  dialog.returnFocusTo = document.activeElement;
  dialog.showModal();
  dialog.querySelector("[autofocus], [data-autofocus]")?.focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    opener.closest("[popover]")?.hidePopover?.();
    openDialog(document.getElementById(opener.dataset.dialog));
    return;
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
});

// A press outside closes, unless something has been typed: the press must begin outside too.
document.addEventListener("pointerdown", (event) => {
  const dialog = event.target;
  if (!(dialog instanceof HTMLDialogElement) || !dialog.open) return;
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  const inside = event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
  if (!inside && !dialog.querySelector("form[data-dirty]")) dialog.close();
});

const common = () => document.getElementById("dialog");
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id === "dialog-content" || detail.target?.closest?.("#dialog-content")) openDialog(common());
});
document.addEventListener("dialog:close", () => common()?.close());
common()?.addEventListener("close", () => document.getElementById("dialog-content").replaceChildren());
