// A link or button marked data-opens loads its page as a dialog; without JavaScript it simply goes there.
const slot = document.getElementById("dialog-slot");
let opener = null;

// Who closes a dialog goes on where they were; what was chosen from a menu is hidden in it again, so its button it is.
function goBack() {
  const menu = opener?.closest("details:not([open])")?.querySelector("summary");
  (menu && !menu.contains(opener) ? menu : opener)?.focus();
}

function show() {
  const dialog = slot.querySelector("dialog[data-dialog]");
  if (!dialog || dialog.open) return;
  dialog.addEventListener("close", () => {
    slot.replaceChildren();
    goBack();
  });
  dialog.showModal();
  const wrong = dialog.querySelector("[aria-invalid=true], [autofocus]");
  // What was worked out is what to read before anything else is pressed.
  const result = dialog.querySelector("[data-result]");
  const first = dialog.querySelector("input:not([type=hidden]):not([type=checkbox]), select, textarea");
  // Enter pressed twice must not do what cannot be undone.
  const safe = dialog.querySelector("button[type=submit]:not(.danger)") ?? dialog.querySelector(".dialog-foot [data-close]");
  (wrong ?? result ?? first ?? safe ?? dialog.querySelector("button"))?.focus();
  if (!wrong) result?.scrollIntoView({ block: "end" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-opens]");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    if (!slot.contains(link)) opener = link;
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

// What is done in a dialog may load the page anew. Who acted goes on at the verb they chose, or, where it has gone
// with what it did, at the beginning of what the page says: not at the top of the navigation.
const BACK = "desk-back";

function keep() {
  try {
    sessionStorage.setItem(BACK, opener?.getAttribute("href") ?? "");
  } catch {
    // A browser that keeps nothing begins at the top.
  }
}

function takeUp() {
  let href = null;
  try {
    href = sessionStorage.getItem(BACK);
    sessionStorage.removeItem(BACK);
  } catch {
    return;
  }
  if (href === null) return;
  opener = href ? document.querySelector(`main a[data-opens][href="${CSS.escape(href)}"]`) : null;
  if (opener) goBack();
  else document.getElementById("main")?.focus({ preventScroll: true });
}

if (slot) {
  takeUp();
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (slot.contains(event.detail.elt) && event.detail.xhr.getResponseHeader("HX-Redirect")) keep();
  });
  document.addEventListener("htmx:afterSettle", show);
  document.addEventListener("htmx:beforeRequest", (event) => {
    const source = event.detail.elt;
    if (!slot.contains(source) && source.closest("[data-list], .bulk, [data-asks]")) opener = source;
  });
}
