// Checkout: choices refresh what follows from them; everything is one form that also works without this file.
const host = document.querySelector("#checkout");
const PARTS = { address: ["address", "delivery", "payment", "summary"], saved: ["address", "delivery", "payment", "summary"], places: ["places", "delivery", "payment", "summary"], region: ["delivery", "payment", "summary"], delivery: ["delivery", "payment", "summary"], vat: ["vat", "delivery", "payment", "summary"], billing: ["billing"], fapiao: ["fapiao"] };
// From the outside in: what stands within another part comes along with it.
const ORDER = ["address", "places", "vat", "delivery", "payment", "billing", "fapiao", "summary"];
// What a question that was broken off by the next one had asked for: the next answer brings that, too.
const owed = new Set();
let running;

// A button that is exchanged between press and release never hears of its click: an answer waits for the release.
let pressed = Promise.resolve();
host?.addEventListener("pointerdown", () => {
  pressed = new Promise((done) => {
    const released = () => setTimeout(done);
    for (const kind of ["pointerup", "pointercancel"]) addEventListener(kind, released, { once: true });
  });
});

async function refresh(form, kind) {
  running?.abort();
  const mine = (running = new AbortController());
  const body = new URLSearchParams(new FormData(form));
  body.set("refresh", kind);
  body.delete("place");
  for (const id of PARTS[kind]) {
    owed.add(id);
    document.getElementById(id)?.setAttribute("aria-busy", "true");
  }
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Fragment": "checkout" }, signal: mine.signal });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!fresh.querySelector("#summary")) throw new Error(String(answer.status));
    await pressed;
    if (mine.signal.aborted) return;
    // The shopper may have moved on while the answer was on its way: the focus stays where it is now.
    const held = document.activeElement;
    const parts = ORDER.filter((id) => owed.has(id));
    owed.clear();
    for (const id of parts) {
      const before = document.getElementById(id);
      const after = fresh.getElementById(id);
      if (!before || !after) continue;
      // What was typed or chosen while the answer was on its way is newer than the answer.
      for (const field of before.querySelectorAll("input:not([type=hidden]), textarea")) {
        const choice = ["radio", "checkbox"].includes(field.type);
        if (choice ? !field.checked === !body.getAll(field.name).includes(field.value) : field.value === body.get(field.name)) continue;
        const same = after.querySelector(`[name="${field.name}"]${choice ? `[value="${CSS.escape(field.value)}"]` : ""}`);
        if (same) choice ? (same.checked = field.checked) : (same.value = field.value);
      }
      before.replaceWith(after);
    }
    if (!held.isConnected) {
      const again = held.id ? document.getElementById(held.id) : form.querySelector(`[name="${held.name}"][value="${CSS.escape(held.value)}"]`);
      again?.focus({ preventScroll: true });
    }
  } catch (error) {
    if (error.name !== "AbortError") form.submit();
  }
}

host?.addEventListener("change", (event) => {
  const kind = event.target.dataset?.refresh;
  const form = event.target.form;
  if (kind && form?.matches("[data-checkout]")) refresh(form, kind);
});

// Words beside a field go as soon as somebody corrects it.
document.addEventListener("input", (event) => {
  const field = event.target.closest?.(".field.wrong");
  if (!field) return;
  field.classList.remove("wrong");
  field.querySelector(".error")?.remove();
  event.target.removeAttribute("aria-invalid");
});

// Enter in a field asks for the total again. A second click on "place order" does nothing while the first is on its way.
let placing = false;
host?.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.matches("[data-nothing]")) {
    event.preventDefault();
    refresh(event.target, "region");
    return;
  }
  if (!button?.matches("[data-place]")) return;
  if (placing) { event.preventDefault(); return; }
  running?.abort();
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

// ---- payment: the provider's own form; its script finds what it needs in #payment-values and fills #payment-form
const frame = document.querySelector("[data-script]");
if (frame) {
  const load = (address) => new Promise((done) => {
    if (!address) return done();
    const script = document.createElement("script");
    script.src = address;
    script.onload = script.onerror = done;
    document.head.append(script);
  });
  load(frame.dataset.script).then(() => load(frame.dataset.adapter));
}

// ---- payment: wait beside a QR code, or after the way back from a provider, until the shop hears of the money
const waiting = document.querySelector("[data-state]");
if (waiting) {
  const QUIET = 5 * 60 * 1000;
  const since = Date.now();
  let seconds = 2;
  let timer;
  // A message that is being written, or a file that was chosen, is not lost to a fresh page.
  const isBusy = () => [...document.querySelectorAll("textarea, input[type=file]")].some((field) => (field.type === "file" ? field.value : field.value !== field.defaultValue));
  const later = () => {
    clearTimeout(timer);
    // Whoever has left the page open, such as beside a transfer, is not in a hurry.
    seconds = Math.min(seconds * 1.2, Date.now() - since > QUIET ? 60 : 10);
    if (!document.hidden) timer = setTimeout(ask, seconds * 1000);
  };
  const ask = async () => {
    clearTimeout(timer);
    try {
      const state = await (await fetch(waiting.dataset.state)).json();
      if ((state.payment !== "unpaid" || state.status !== "open") && !isBusy()) return location.reload();
    } catch { /* the next question may be answered */ }
    later();
  };
  // Who comes back from the app they paid with looks at the page at once.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return clearTimeout(timer);
    seconds = 2;
    ask();
  });
  timer = setTimeout(ask, seconds * 1000);
}

