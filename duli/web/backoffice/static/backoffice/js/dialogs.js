// A link or button marked data-opens loads its page as a dialog; without JavaScript it simply goes there.
const slot = document.getElementById("dialog-slot");
let opener = null;

function show() {
  const dialog = slot.querySelector("dialog[data-dialog]");
  if (!dialog || dialog.open) return;
  dialog.addEventListener("close", () => {
    slot.replaceChildren();
    opener?.focus();
  });
  dialog.showModal();
  const wrong = dialog.querySelector("[aria-invalid=true], [autofocus]");
  const first = dialog.querySelector("input:not([type=hidden]):not([type=checkbox]), select, textarea");
  (wrong ?? first ?? dialog.querySelector("button[type=submit]"))?.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-opens]");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    opener = link;
    link.closest("details[open]")?.removeAttribute("open");
    window.htmx.ajax("GET", link.href, { target: slot, swap: "innerHTML" });
    return;
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  else if (event.target.matches("dialog[data-dialog]")) {
    // Only a click on the backdrop reaches the dialog itself, outside of its box.
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside && !event.target.querySelector("form")) event.target.close();
  }
});

if (slot) {
  document.addEventListener("htmx:afterSettle", show);
  document.addEventListener("htmx:beforeRequest", (event) => {
    const source = event.detail.elt;
    if (!slot.contains(source) && source.closest("[data-list], .bulk")) opener = source;
  });
}
