// The yellow strip: the live stream or the network itself is lost. Short breaks are not shown.
const patience = 2500;
const strip = document.getElementById("connection");
const lost = new Set();
let timer;

function update() {
  clearTimeout(timer);
  if (!strip) return;
  if (!lost.size) strip.hidden = true;
  else timer = setTimeout(() => { strip.hidden = false; }, patience);
}
const mark = (source, isLost) => { lost[isLost ? "add" : "delete"](source); update(); };

addEventListener("offline", () => mark("network", true));
addEventListener("online", () => mark("network", false));
document.addEventListener("htmx:sseError", ({ target }) => mark(target, true));
document.addEventListener("htmx:sseOpen", ({ target }) => mark(target, false));
document.addEventListener("htmx:sseClose", ({ target, detail }) => {
  if (detail?.type !== "message") mark(target, false);
});
if (!navigator.onLine) mark("network", true);
