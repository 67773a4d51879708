// Runs in <head> before the first paint, so that the page never flashes in the wrong theme.
// The server has written the person's choice into data-theme-choice.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const apply = () => {
  const choice = root.dataset.themeChoice;
  root.dataset.theme = choice === "light" || choice === "dark" ? choice : dark.matches ? "dark" : "light";
};
apply();
dark.addEventListener("change", () => { apply(); dispatchEvent(new Event("themechange")); });
