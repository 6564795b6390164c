// Lists by keyboard (j and k move, x selects, o unfolds, Enter opens, / searches), the count of what is selected,
// the preview of a row, and the order of columns.
function list() {
  return document.querySelector("[data-list]");
}

function rows() {
  return [...(list()?.querySelectorAll("[data-row]") ?? [])];
}

function update() {
  const here = list();
  if (!here) return;
  const boxes = [...here.querySelectorAll(".row-check")];
  const checked = boxes.filter((box) => box.checked).length;
  const all = here.querySelector("[data-check-all]");
  if (all) {
    all.hidden = false;
    all.checked = checked > 0 && checked === boxes.length;
    all.indeterminate = checked > 0 && checked < boxes.length;
  }
  for (const button of here.querySelectorAll("[data-peek]")) button.hidden = false;
  const count = here.querySelector("[data-count]");
  if (count) {
    count.dataset.word ??= count.textContent;
    count.textContent = `${count.dataset.word} ${checked}`;
  }
}

// A month that is wider than the screen opens with today in its middle.
for (const month of document.querySelectorAll("[data-today]")) {
  const today = month.querySelector(".today");
  if (today) month.scrollLeft = today.offsetLeft - (month.clientWidth + today.offsetWidth) / 2;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-check-all]")) {
    for (const box of list().querySelectorAll(".row-check")) box.checked = event.target.checked;
  }
  if (event.target.matches("[data-check-all], .row-check")) update();
});

let last = null;
document.addEventListener("click", (event) => {
  if (!event.target.matches(".row-check")) return;
  const boxes = [...list().querySelectorAll(".row-check")];
  if (event.shiftKey && last) {
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(event.target)].sort((a, b) => a - b);
    boxes.slice(from, to + 1).forEach((box) => (box.checked = event.target.checked));
    update();
  }
  last = event.target;
});

async function peek(button) {
  const row = button.closest("tr");
  const open = row.nextElementSibling?.classList.contains("peek-row");
  button.setAttribute("aria-expanded", String(!open));
  if (open) row.nextElementSibling.remove();
  else await window.htmx.ajax("GET", button.dataset.peek, { target: row, swap: "afterend" });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-peek]");
  if (button) peek(button);
  const step = event.target.closest("[data-up], [data-down]");
  if (step) {
    const entry = step.closest("li");
    if (step.matches("[data-up]")) entry.previousElementSibling?.before(entry);
    else entry.nextElementSibling?.after(entry);
    step.focus();
  }
});

// A filter that takes several values stays open after each, at the value where one was; Apply closes it.
let chosen = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const chip = event.detail.requestConfig?.elt.closest("[data-stays]");
  chosen = null;
  if (!chip?.open || event.detail.requestConfig.triggeringEvent?.type !== "change") return;
  const focused = chip.contains(document.activeElement) ? document.activeElement : null;
  chosen = {
    chip: chip.dataset.stays,
    name: focused?.name,
    value: focused?.type === "checkbox" ? focused.value : null,
    top: chip.querySelector(".pop").scrollTop,
  };
});
document.addEventListener("htmx:afterSwap", () => {
  const chip = chosen && document.querySelector(`[data-stays="${CSS.escape(chosen.chip)}"]`);
  if (!chip) return;
  const { name, value, top } = chosen;
  chosen = null;
  chip.open = true;
  chip.querySelector(".pop").scrollTop = top;
  const fields = [...chip.querySelectorAll("input:not([type=hidden])")];
  fields.find((field) => field.name === name && (value === null || field.value === value))?.focus({ preventScroll: true });
});

// The list swaps its filters without the page around it; what repeats them reads the address when it is used.
document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest("a[data-filtered]");
    if (link) link.search = window.location.search;
  },
  true,
);

function move(step) {
  const all = rows();
  if (!all.length) return;
  const focused = all.findIndex((row) => row.contains(document.activeElement));
  const now = focused < 0 ? all.findIndex((row) => row.classList.contains("cursor")) : focused;
  const next = Math.min(Math.max(now + step, 0), all.length - 1);
  all.forEach((row, place) => row.classList.toggle("cursor", place === next));
  // The focus goes along: Enter opens the row, Tab goes on from it, and a screen reader says where one is.
  all[next].querySelector("a.cell-main")?.focus({ preventScroll: true });
  all[next].scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || !list()) return;
  if (event.target.id === "list-search" && event.key === "ArrowDown") {
    // From what was looked for to what was found.
    event.preventDefault();
    move(1);
    return;
  }
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  const row = list().querySelector("tr.cursor");
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "x") row?.querySelector(".row-check")?.click();
  else if (event.key === "o") row?.querySelector("[data-peek]")?.click();
  else if (event.key === "Enter" && row && event.target === document.body) row.querySelector("a.cell-main")?.click();
  else if (event.key === "/") {
    const search = document.getElementById("list-search");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

document.addEventListener("htmx:afterSettle", () => {
  for (const button of document.querySelectorAll("[data-chooser] button")) button.hidden = false;
  update();
});
window.addEventListener("pageshow", update);
