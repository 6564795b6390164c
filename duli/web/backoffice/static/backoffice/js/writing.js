// What a language model suggested goes into the editor when somebody says so, and is saved when the product is.
export function start(root) {
  for (const part of root.querySelectorAll("[data-writing] [data-needs-script]")) part.hidden = false;
}

function put(field, text) {
  const rich = field.closest("rich-text");
  if (rich?.take) rich.take(text);
  else {
    field.value = text;
    for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-use-texts]");
  if (!button) return;
  const dialog = button.closest("dialog");
  const form = document.querySelector("form[data-writing]");
  const filled = [...dialog.querySelectorAll("[data-into]")].filter((from) => {
    const field = form.elements[from.dataset.into];
    if (field) put(field, from.value);
    return field;
  });
  dialog.close();
  const first = filled.length && form.elements[filled[0].dataset.into];
  if (first) (first.closest("rich-text")?.editor ?? first).focus();
});
