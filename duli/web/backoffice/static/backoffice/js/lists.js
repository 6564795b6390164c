// Lists by keyboard (j and k move, x selects, Enter opens, / searches), and the count of what is selected.
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
  const count = here.querySelector("[data-count]");
  if (count) {
    count.dataset.word ??= count.textContent;
    count.textContent = `${count.dataset.word} ${checked}`;
  }
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

function move(step) {
  const all = rows();
  if (!all.length) return;
  const now = all.findIndex((row) => row.classList.contains("cursor"));
  const next = Math.min(Math.max(now + step, 0), all.length - 1);
  all.forEach((row, place) => row.classList.toggle("cursor", place === next));
  all[next].scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || !list()) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  const row = list().querySelector("tr.cursor");
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "x") row?.querySelector(".row-check")?.click();
  else if (event.key === "Enter" && row && event.target === document.body) row.querySelector("a.cell-main")?.click();
  else if (event.key === "/") {
    const search = document.getElementById("list-search");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

document.addEventListener("htmx:afterSettle", update);
window.addEventListener("pageshow", update);
