// The bar of unsaved changes, a warning before they are lost, and live validation of what was typed.
const watched = new WeakSet();

function picture(form) {
  return new URLSearchParams([...new FormData(form)].filter(([name]) => !form.elements[name]?.matches?.("[data-plain]")).map(([name, value]) => [name, typeof value === "string" ? value : value.name])).toString();
}

function watch(form) {
  watched.add(form);
  for (const part of form.querySelectorAll("[data-scripted]")) part.hidden = false;
  const bar = form.querySelector(".save-bar");
  let before = picture(form);
  let leaving = false;
  let touched = false;
  const look = () => bar.classList.toggle("dirty", form.dataset.dirty === "always" || picture(form) !== before);
  // A part of the page that got ready late brings fields of its own; that is nobody's change.
  form.addEventListener("desk:ready", () => {
    if (!touched) before = picture(form);
    look();
  });
  for (const name of ["input", "change", "desk:changed"]) form.addEventListener(name, () => (touched = true), true);
  form.addEventListener("input", look);
  form.addEventListener("change", look);
  form.addEventListener("desk:changed", look);
  form.addEventListener("submit", (event) => (leaving = !event.submitter?.hasAttribute("formtarget")));
  form.querySelector("[data-discard]")?.addEventListener("click", () => (leaving = true));
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && bar.classList.contains("dirty")) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      if (bar.classList.contains("dirty")) form.requestSubmit();
    }
  });
  look();
}

export function watchForms(root) {
  for (const form of root.querySelectorAll?.("form[data-watch]") ?? []) {
    // Who may only look has nothing to save.
    if (!watched.has(form) && form.querySelector(".save-bar")) watch(form);
  }
}

document.addEventListener("focusout", (event) => {
  const input = event.target;
  if (!input.matches?.(".input") || !input.form?.matches("[data-watch]")) return;
  if (input.validity?.valid && input.getAttribute("aria-invalid") === "true" && input.value !== input.defaultValue) {
    input.removeAttribute("aria-invalid");
    document.getElementById(`${input.id}-error`)?.remove();
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  navigator.clipboard?.writeText(button.dataset.copy).then(() => {
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1500);
  });
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  const area = button && document.getElementById(button.dataset.into);
  if (!area || area.disabled) return;
  area.setRangeText(`{{ ${button.dataset.insert} }}`, area.selectionStart, area.selectionEnd, "end");
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
});
