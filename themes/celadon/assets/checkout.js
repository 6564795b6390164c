// Checkout: choices refresh what follows from them; everything is one form that also works without this file.
const host = document.querySelector("#checkout");
const PARTS = { address: ["address", "delivery", "payment", "summary"], saved: ["address", "delivery", "payment", "summary"], places: ["places", "delivery", "payment", "summary"], region: ["delivery", "payment", "summary"], delivery: ["delivery", "payment", "summary"] };
let running;

async function refresh(form, kind, changed) {
  running?.abort();
  running = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  body.set("refresh", kind);
  body.delete("place");
  for (const id of PARTS[kind]) document.getElementById(id)?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Fragment": "checkout" }, signal: running.signal });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!fresh.querySelector("#summary")) throw new Error(String(answer.status));
    for (const id of PARTS[kind]) {
      const before = document.getElementById(id);
      const after = fresh.getElementById(id);
      if (before && after) before.replaceWith(after);
    }
    const again = changed.id ? document.getElementById(changed.id) : form.querySelector(`[name="${changed.name}"][value="${CSS.escape(changed.value)}"]`);
    again?.focus({ preventScroll: true });
  } catch (error) {
    if (error.name !== "AbortError") form.submit();
  }
}

host?.addEventListener("change", (event) => {
  const kind = event.target.dataset?.refresh;
  const form = event.target.form;
  if (kind && form?.matches("[data-checkout]")) refresh(form, kind, event.target);
});

// Words beside a field go as soon as somebody corrects it.
document.addEventListener("input", (event) => {
  const field = event.target.closest?.(".field.wrong");
  if (!field) return;
  field.classList.remove("wrong");
  field.querySelector(".error")?.remove();
  event.target.removeAttribute("aria-invalid");
});

// A second click on "place order" does nothing while the first is on its way.
let placing = false;
host?.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.matches("[data-place]")) return;
  if (placing) { event.preventDefault(); return; }
  placing = true;
  button.setAttribute("data-busy", "");
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  placing = false;
  for (const button of document.querySelectorAll("[data-place]")) button.removeAttribute("data-busy");
});
document.querySelector("#problems")?.focus();

// ---- account: an address form asks the server for the next level of places
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form?.matches("[data-reload]") || !event.target.dataset.refresh) return;
  const body = new URLSearchParams(new FormData(form));
  body.set("refresh", "1");
  const id = event.target.id;
  fetch(location.href, { method: "POST", body }).then((answer) => answer.text()).then((html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-reload] .fields");
    if (fresh) form.querySelector(".fields").replaceWith(fresh);
    document.getElementById(id)?.focus({ preventScroll: true });
  });
});

// ---- payment: wait beside a QR code until the shop hears of the money
const waiting = document.querySelector("[data-state]");
if (waiting) {
  let seconds = 2;
  const ask = async () => {
    try {
      const state = await (await fetch(waiting.dataset.state)).json();
      if (state.payment !== "unpaid" || state.status !== "open") return location.reload();
    } catch { /* the next question may be answered */ }
    seconds = Math.min(seconds * 1.2, 10);
    setTimeout(ask, seconds * 1000);
  };
  setTimeout(ask, seconds * 1000);
}
