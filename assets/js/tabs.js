// A narrow screen cuts a row of tabs: the one at hand is brought into sight, and an edge fades where there are more.
function tellMore(row) {
  row.toggleAttribute("data-before", row.scrollLeft > 1);
  row.toggleAttribute("data-after", row.scrollLeft + row.clientWidth < row.scrollWidth - 1);
}

const sizes = new ResizeObserver((entries) => entries.forEach((entry) => tellMore(entry.target)));

for (const row of document.querySelectorAll(".tabs")) {
  const tab = row.querySelector(":scope > [aria-current]");
  if (tab) row.scrollLeft = tab.offsetLeft - (row.clientWidth - tab.clientWidth) / 2;
  row.addEventListener("scroll", () => tellMore(row), { passive: true });
  sizes.observe(row);
}
