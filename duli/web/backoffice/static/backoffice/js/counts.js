// Counts typed into the list of stock go to the server together: what is typed within a moment is one request.
const MOMENT = 350;
const started = new WeakSet();

export function start(root) {
  const form = root.querySelector("form[data-counts]");
  if (!form || started.has(form)) return;
  started.add(form);
  const waiting = new Set();
  let timer = 0;

  function send() {
    const values = { reason: form.elements.reason.value };
    for (const name of waiting) {
      const field = form.elements[name];
      if (!field) continue;
      const seen = form.elements[name.replace("counted", "seen")];
      values[name] = field.value;
      values[seen.name] = seen.value;
      field.closest(".count-field").classList.add("htmx-request");
    }
    waiting.clear();
    // Asked from beside the form: from within, every row of the page would go along.
    window.htmx.ajax("POST", form.action, { source: form.parentElement, swap: "none", values });
  }

  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.form !== form || !field.name.startsWith("counted-")) return;
    waiting.add(field.name);
    clearTimeout(timer);
    timer = setTimeout(send, MOMENT);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("beforeunload", () => waiting.size && send());
}
