// Numbers of a table are typed one below the other, as in a spreadsheet: Enter and the arrows go down and up, and where
// the table is there to be filled in, Tab goes from cell to cell too. Escape leaves the cell for its row's first link,
// from where Tab walks through everything as usual.
document.addEventListener("keydown", (event) => {
  const cell = event.target;
  const table = cell.closest?.("[data-cells]") ?? (cell.form?.matches("[data-counts]") ? cell.closest("table") : null);
  if (!table || !cell.matches("tbody input.num") || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    cell.closest("tr").querySelector("a[href]")?.focus();
    return;
  }
  const steps = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 };
  if (table.dataset.cells === "fill") steps.Tab = event.shiftKey ? -1 : 1;
  const step = steps[event.key];
  if (!step) return;
  const cells = [...table.querySelectorAll("tbody input.num:enabled")];
  const next = cells[cells.indexOf(cell) + step];
  // Past either end Tab leaves the table; Enter in the last cell sends nothing by accident.
  if (event.key !== "Tab" || next) event.preventDefault();
  next?.focus();
  next?.select();
});
