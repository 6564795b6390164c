// The variant grid: fill a column from its first row, paste cells from a spreadsheet, move with the arrow keys.
const started = new WeakSet();

function place(input) {
  const cell = input.closest("td");
  return [[...cell.parentElement.children].indexOf(cell), cell.parentElement];
}

function write(input, value) {
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function move(input, step) {
  const [column, row] = place(input);
  let next = row;
  do next = step > 0 ? next.nextElementSibling : next.previousElementSibling;
  while (next && !next.querySelector("input"));
  next?.children[column]?.querySelector("input")?.focus();
}

function paste(event) {
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  const [column, first] = place(event.target);
  let row = first;
  for (const line of text.replace(/\r/g, "").replace(/\n$/, "").split("\n")) {
    if (!row) break;
    line.split("\t").forEach((value, index) => {
      const input = row.children[column + index]?.querySelector("input.input");
      if (input) write(input, value.trim());
    });
    row = row.nextElementSibling;
  }
}

export function start(root) {
  for (const grid of root.querySelectorAll("[data-grid]")) {
    if (started.has(grid)) continue;
    started.add(grid);
    grid.addEventListener("paste", (event) => event.target.matches("input.input") && paste(event));
    grid.addEventListener("keydown", (event) => {
      if (!event.target.matches("input.input")) return;
      if (event.key === "Enter") event.preventDefault();
      if (event.key === "ArrowDown" || event.key === "Enter") move(event.target, 1);
      if (event.key === "ArrowUp") move(event.target, -1);
    });
    const fill = grid.querySelector("[data-fill-row]");
    if (!fill) continue;
    fill.hidden = false;
    fill.addEventListener("input", (event) => {
      event.stopPropagation();
      const [column] = place(event.target);
      for (const row of grid.querySelectorAll("tr[data-variant]")) {
        const input = row.children[column]?.querySelector("input.input");
        if (input && !input.readOnly) write(input, event.target.value);
      }
    });
  }
}
