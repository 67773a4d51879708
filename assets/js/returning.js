// Whoever has opened a link by the keyboard and goes back in the browser finds the focus on it: a page that must not be
// stored is built anew and would begin at its top. The link is kept in the entry of the history, which goes with its tab.
const MAIN = "#main a[href]";

document.addEventListener("click", (event) => {
  const link = event.target.closest?.(MAIN);
  // A press of Enter is a click without a count.
  if (link && event.detail === 0) history.replaceState({ ...history.state, opened: link.getAttribute("href") }, "");
});

const opened = history.state?.opened;
if (opened) {
  [...document.querySelectorAll(MAIN)].find((link) => link.getAttribute("href") === opened)?.focus();
}
