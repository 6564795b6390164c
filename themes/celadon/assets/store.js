// Header, search suggestions, cart drawer, prefetch. Every part of the page works without this file.
const status = document.querySelector("#status");
const drawer = document.querySelector("#drawer");

function say(text) {
  if (!status) return;
  status.textContent = "";
  requestAnimationFrame(() => { status.textContent = text; });
}

function showCount(count) {
  for (const dot of document.querySelectorAll("[data-cart-count]")) {
    dot.textContent = count;
    dot.hidden = !Number(count);
  }
}

// ---- copy a field: into the clipboard, or where pages may not write it, chosen so that one key copies it
for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  const field = button && document.getElementById(button.dataset.copy);
  if (!field) return;
  try { await navigator.clipboard.writeText(field.value); } catch {
    field.focus();
    field.select();
    return;
  }
  button.dataset.label ??= button.textContent;
  button.textContent = button.dataset.copied;
  say(button.dataset.copied);
  setTimeout(() => { button.textContent = button.dataset.label; }, 2000);
});

// ---- second photograph of a card, fetched when somebody points at it
document.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse") return;
  const template = event.target.closest?.(".card")?.querySelector("template.second");
  if (!template) return;
  const picture = template.content.firstElementChild;
  picture.classList.add("turn");
  const image = picture.querySelector("img");
  image.loading = "eager";
  template.replaceWith(picture);
});

// ---- prefetch on intent
const fetched = new Set();
function prefetch(link) {
  if (fetched.has(link.href) || navigator.connection?.saveData || link.origin !== location.origin) return;
  fetched.add(link.href);
  const hint = document.createElement("link");
  hint.rel = "prefetch";
  hint.href = link.href;
  document.head.append(hint);
}
let intent;
document.addEventListener("pointerover", (event) => {
  const link = event.target.closest?.("a[data-prefetch]");
  clearTimeout(intent);
  if (link) intent = setTimeout(() => prefetch(link), 80);
});
document.addEventListener("touchstart", (event) => {
  const link = event.target.closest?.("a[data-prefetch]");
  if (link) prefetch(link);
}, { passive: true });

// ---- cart: forms answer with the drawer's content, the page stays where it is
async function send(form, submitter) {
  const button = submitter || form.querySelector("button:not([type=button])");
  if (button?.getAttribute("aria-disabled") === "true") return;
  const body = new URLSearchParams(new FormData(form, submitter));
  button?.setAttribute("data-busy", "");
  try {
    const answer = await fetch(submitter?.getAttribute("formaction") || form.action, {
      method: "POST", body, headers: { "X-Fragment": "cart" }, credentials: "same-origin",
    });
    const html = await answer.text();
    if (!answer.headers.has("X-Cart-Count")) throw new Error(String(answer.status));
    showCount(answer.headers.get("X-Cart-Count"));
    return html;
  } finally {
    button?.removeAttribute("data-busy");
  }
}

function fillDrawer(html) {
  const focused = drawer.contains(document.activeElement) ? document.activeElement.dataset.key : "";
  drawer.innerHTML = html;
  reveal(drawer);
  if (!drawer.open) drawer.showModal();
  const back = focused && drawer.querySelector(`[data-key="${CSS.escape(focused)}"]`);
  if (back) back.focus();
  const message = drawer.querySelector("[data-say]");
  if (message) say(message.dataset.say);
}

// The page of the cart, and that of what is saved, change in place: their own middle comes back.
async function refreshPage(form, submitter) {
  const target = submitter?.getAttribute("formaction") || form.action;
  const place = document.querySelector("[data-page]");
  const focused = document.activeElement?.dataset.key;
  place.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams(new FormData(form, submitter));
    const answer = await fetch(target, { method: "POST", body, headers: { "X-Fragment": "page" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const count = fresh.querySelector("[data-cart-count]");
    const middle = fresh.querySelector("#main");
    if (!middle || answer.status >= 500) throw new Error(String(answer.status));
    const here = document.querySelector("#main");
    here.replaceChildren(...middle.childNodes);
    reveal(here);
    if (count) showCount(count.textContent);
    (focused && here.querySelector(`[data-key="${CSS.escape(focused)}"]`) || here).focus({ preventScroll: true });
    const told = here.querySelector("[data-say]")?.dataset.say || here.querySelector("[role=alert]")?.textContent;
    if (told) say(told);
  } catch {
    place.removeAttribute("aria-busy");
    say(drawer?.dataset.failed || "");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  if (event.submitter?.getAttribute("aria-disabled") === "true") { event.preventDefault(); return; }
  if (document.querySelector("[data-page]") && form.matches("[data-cart-form], [data-page-form]") && !drawer?.open) {
    event.preventDefault();
    refreshPage(form, event.submitter);
    return;
  }
  if (!form.matches("[data-add], [data-cart-form]") || !drawer) return;
  if ((event.submitter?.getAttribute("formmethod") || form.method) !== "post") return;
  event.preventDefault();
  send(form, event.submitter).then((html) => html && fillDrawer(html)).catch(() => {
    say(drawer.dataset.failed);
    form.submit();
  });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-cart]");
  if (link && drawer && document.body.className !== "page-cart" && !(event.metaKey || event.ctrlKey || event.shiftKey)) {
    event.preventDefault();
    fetch(link.href, { headers: { "X-Fragment": "cart" } })
      .then(async (answer) => {
        if (!answer.ok) throw new Error(String(answer.status));
        showCount(answer.headers.get("X-Cart-Count") || "0");
        fillDrawer(await answer.text());
      })
      .catch(() => { location.href = link.href; });
    return;
  }
  if (event.target.closest?.("[data-close-drawer]")) {
    event.preventDefault();
    drawer.close();
  }
  if (event.target === drawer) drawer.close();
});

// A number that was changed is sent by itself; the button beside it is for those without scripts.
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-auto]")) event.target.form.requestSubmit(event.target.form.querySelector("[data-default]"));
});

// ---- steppers: the number field alone works; the buttons are extra
function reveal(root) {
  for (const button of root.querySelectorAll("[data-step]")) button.hidden = false;
}
reveal(document);
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-step]");
  const input = button?.parentElement.querySelector("input");
  if (!input) return;
  const step = Number(button.dataset.step);
  const value = Math.max(Number(input.min || 0), Math.min(Number(input.max || 999), (Number(input.value) || 0) + step));
  if (value === Number(input.value)) return;
  input.value = value;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

// ---- search suggestions: a combobox as the ARIA practices describe it
const form = document.querySelector("[data-suggest]");
if (form) {
  const input = form.querySelector("input");
  const box = document.createElement("div");
  box.className = "suggestions";
  box.hidden = true;
  form.append(box);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", "suggestions");
  let timer, current = -1, shown = "", running;

  const options = () => [...box.querySelectorAll("[role=option]")];
  const close = () => { box.hidden = true; current = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const mark = (place) => {
    const all = options();
    if (!all.length) return;
    current = (place + all.length) % all.length;
    all.forEach((option, number) => option.setAttribute("aria-selected", String(number === current)));
    all[current].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", all[current].id);
  };
  const ask = async () => {
    const query = input.value.trim();
    if (!query) return close();
    if (query !== shown) {
      running?.abort();
      running = new AbortController();
      try {
        const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(query)}`, { signal: running.signal });
        if (!answer.ok) return close();
        box.innerHTML = await answer.text();
        shown = query;
      } catch { return; }
    }
    current = -1;
    box.hidden = !options().length;
    input.setAttribute("aria-expanded", String(!box.hidden));
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  input.addEventListener("focus", () => { if (input.value.trim() && shown === input.value.trim()) ask(); });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (box.hidden) ask(); else mark(current + (event.key === "ArrowDown" ? 1 : current < 0 ? 0 : -1));
    } else if (event.key === "Enter" && current >= 0) {
      event.preventDefault();
      options()[current].querySelector("a").click();
    } else if (event.key === "Escape") close();
  });
  document.addEventListener("click", (event) => { if (!form.contains(event.target)) close(); });
  form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) setTimeout(close, 150); });

  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.("[data-focus-search]");
    if (!tab) return;
    event.preventDefault();
    (document.querySelector("#search-page") || input).focus();
  });
}

document.addEventListener("click", (event) => { if (event.target.closest?.("[data-print]")) print(); });

// ---- recently viewed: the list stays in this browser; the server is only asked what the products look like now
const RECENT = "recent", MOST = 9, SHOWN = 4;
function seen() {
  try { return JSON.parse(localStorage.getItem(RECENT) || "[]").filter(Number.isInteger); } catch { return []; }
}
function keep(list) {
  try { list.length ? localStorage.setItem(RECENT, JSON.stringify(list)) : localStorage.removeItem(RECENT); } catch { /* private window */ }
}
const looked = Number(document.querySelector("[data-product]")?.dataset.product || 0);
const others = seen().filter((id) => id !== looked);
if (looked) keep([looked, ...others].slice(0, MOST));
const place = document.querySelector("[data-recent]");
if (place && others.length) {
  // Asked for when it is nearly in sight, so that nothing on the first screen waits or moves for it.
  const near = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    near.disconnect();
    fetch(`${place.dataset.recent}?ids=${others.slice(0, SHOWN + 2)}`)
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((html) => {
        const fresh = new DOMParser().parseFromString(html, "text/html");
        const list = fresh.querySelector("ul");
        if (!list) return;
        [...list.children].slice(SHOWN).forEach((card) => card.remove());
        place.append(...fresh.body.children);
        place.hidden = false;
      })
      .catch(() => {});
  }, { rootMargin: "600px" });
  near.observe(place.previousElementSibling || place.parentElement);
  place.addEventListener("click", (event) => {
    if (!event.target.closest("[data-forget-recent]")) return;
    keep([]);
    place.remove();
    (document.querySelector("#main") || document.body).focus({ preventScroll: true });
  });
}

// ---- how long something may still be ordered for a promise: counted on from the server's seconds, so that the clock
// of this device does not matter; when they are over, the page is asked for what holds now
const begun = 0;
let started = false;
function hurry() {
  for (const words of document.querySelectorAll("[data-seconds]")) {
    words.dataset.begun ||= started ? performance.now() : begun;
    const left = Number(words.dataset.seconds) - Math.floor((performance.now() - words.dataset.begun) / 1000);
    if (left < 60) {
      words.remove();
      refreshPromises();
      continue;
    }
    const [hours, minutes] = [Math.floor(left / 3600), Math.floor(left / 60) % 60];
    words.textContent = (hours ? words.dataset.long : words.dataset.short).replace("{hours}", hours).replace("{minutes}", minutes);
  }
  started = true;
}
// ---- what is left of an offer, and how long goods are held, by the server's clock: it is asked once, so that neither
// this device's clock nor the age of a kept page matters; when an offer is over, the page shows what holds now
let skew = 0;
const clock = (left) => [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60].map((part) => String(part).padStart(2, "0")).join(":");
function countdown() {
  const here = Date.now() + skew;
  for (const place of document.querySelectorAll("[data-ends]")) {
    const left = Math.ceil((Number(place.dataset.ends) - here) / 1000);
    if (!Number(place.dataset.ends) || left > 259200) continue;
    if (left <= 0) {
      place.removeAttribute("data-ends");
      setTimeout(() => location.reload(), 1000);
      continue;
    }
    place.textContent = "· " + place.dataset.words.replace("{time}", clock(left));
  }
  for (const timer of document.querySelectorAll("[data-until]")) {
    const left = Math.floor((Date.parse(timer.dataset.until) - here) / 1000);
    timer.hidden = !(left > 0);
    const days = Math.floor(left / 86400);
    if (left > 0) timer.textContent = timer.dataset.left.replace("{time}", days > 2 ? new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "day", unitDisplay: "long" }).format(days) : clock(left));
  }
}
if (document.querySelector("[data-ends], [data-until]")) {
  fetch("/healthz", { method: "HEAD", cache: "no-store" }).then((answer) => {
    const date = Date.parse(answer.headers.get("Date"));
    // The header has whole seconds only: a difference below one says nothing.
    if (date && Math.abs(date - Date.now()) > 1500) skew = date - Date.now();
    countdown();
  }).catch(countdown);
  setInterval(countdown, 1000);
}
function refreshPromises() {
  const lines = [...document.querySelectorAll("[data-delivery]")];
  if (!lines.length) return;
  setTimeout(() => fetch(location.href).then((answer) => answer.text()).then((html) => {
    const fresh = [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("[data-delivery]")];
    if (fresh.length === lines.length) lines.forEach((line, place) => { fresh[place].hidden = line.hidden; line.replaceWith(fresh[place]); });
  }).catch(() => {}), 61000);
}
hurry();
setInterval(hurry, 10000);
