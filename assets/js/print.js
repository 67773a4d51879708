// Paper is always light, charts included.
const root = document.documentElement;
let before;
const set = (theme) => { root.dataset.theme = theme; dispatchEvent(new Event("themechange")); };
addEventListener("beforeprint", () => { before = root.dataset.theme; if (before === "dark") set("light"); });
addEventListener("afterprint", () => { if (before === "dark") set("dark"); });
document.addEventListener("click", ({ target }) => { if (target.closest("[data-print]")) print(); });
