// The command palette: ⌘K anywhere, arrows to choose, Enter to open. Without JavaScript it is a page.
const palette = document.getElementById("palette");
const field = palette?.querySelector("input");
const results = document.getElementById("palette-results");

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
  } else if (event.key === "Enter" && all.length) {
    event.preventDefault();
    all[Math.max(now, 0)].click();
  }
});

results?.addEventListener("htmx:afterSettle", () => choose(0));
