// Menus and chips are <details>; they close on Escape, on a click elsewhere, and when another opens.
const selector = "details.menu[open], details.chip[open]";

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll(selector)) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll(selector)) {
    open.open = false;
    open.querySelector("summary")?.focus();
  }
});
