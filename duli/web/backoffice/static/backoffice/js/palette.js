// The command palette: ⌘K anywhere, arrows to choose, Enter to open. Without JavaScript it is a page.
const palette = document.getElementById("palette");
const field = palette?.querySelector("input");
const results = document.getElementById("palette-results");

// What the results answer, and whether Enter was pressed before they came.
let asked = null;
let shown = null;
let waits = false;

function items() {
  return [...results.querySelectorAll("[role=option]")];
}

function choose(index) {
  const all = items();
  all.forEach((item, place) => item.setAttribute("aria-selected", String(place === index)));
  const chosen = all[index];
  if (chosen) {
    field.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  } else field.removeAttribute("aria-activedescendant");
}

function open() {
  if (!palette || palette.open) return;
  palette.showModal();
  field.select();
  waits = false;
  window.htmx.trigger(field, "load-palette");
}

document.addEventListener("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-palette]")) {
    event.preventDefault();
    open();
  } else if (event.target === palette) palette.close();
});

field?.addEventListener("keydown", (event) => {
  const all = items();
  const now = all.findIndex((item) => item.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    if (all.length) choose((now + step + all.length) % all.length);
  } else if (event.key === "Enter") {
    event.preventDefault();
    // Whoever types a number and presses Enter at once means what is found for it, not what stood there before.
    if (field.value !== shown) waits = true;
    else if (all.length) all[Math.max(now, 0)].click();
  } else if (event.key !== "Shift") waits = false;
});

field?.addEventListener("htmx:configRequest", () => (asked = field.value));
results?.addEventListener("htmx:afterSettle", () => {
  shown = asked;
  choose(0);
  if (waits && field.value === shown) {
    waits = false;
    items()[0]?.click();
  }
});
