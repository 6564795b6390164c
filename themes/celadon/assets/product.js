// Choosing a variant, turning photographs. Without this file the form asks the server.
const page = document.querySelector("[data-product]");
const words = JSON.parse(document.querySelector("#words").textContent);
const data = document.querySelector("#variants");
const slides = document.querySelector("#slides");
const slideList = [...slides.querySelectorAll(":scope > li")];
const thumbs = [...document.querySelectorAll("[data-thumb]")];

// ---- saving for later: which variants are saved stands in a small cookie, so that the page itself is everybody's
const save = page.querySelector("[data-save]");
const savedIds = () => (document.cookie.match(/(?:^|; )saved=([\d.]*)/)?.[1] || "").split(".");
function showSaved() {
  const is = savedIds().includes(save.dataset.save);
  save.setAttribute("aria-pressed", String(is));
  save.querySelector("span").textContent = is ? save.dataset.saved : save.dataset.unsaved;
}
save.dataset.unsaved = save.querySelector("span").textContent;
showSaved();
page.querySelector("#buy").addEventListener("submit", async (event) => {
  if (event.submitter !== save) return;
  event.preventDefault();
  event.stopPropagation();
  if (save.dataset.save === "0") return;
  const body = new URLSearchParams({ variant: save.dataset.save });
  if (save.getAttribute("aria-pressed") === "true") body.set("remove", "1");
  const status = document.querySelector("#status");
  try {
    const answer = await fetch(save.formAction, { method: "POST", body, headers: { "X-Fragment": "saved" } });
    const text = await answer.text();
    status.textContent = answer.status < 500 ? text : document.querySelector("#drawer").dataset.failed;
  } catch { status.textContent = document.querySelector("#drawer").dataset.failed; }
  showSaved();
});

// ---- variants: rows are [id, value ids, price, former price, units or -1, sku, picture, note, saving, sold ahead, unit price]
if (data) {
  const { texts, variants, low } = JSON.parse(data.textContent);
  const byValues = new Map(variants.map((row) => [row[1].join("-"), row]));
  const groups = [...page.querySelectorAll("[data-option]")];
  const chosen = () => groups.map((group) => Number(group.querySelector("input:checked")?.value));

  const units = (row) => (!row || !row[2] ? null : row[4]);
  function update(turn) {
    const values = chosen();
    const row = byValues.get(values.join("-"));
    groups.forEach((group, place) => {
      const picked = group.querySelector("input:checked");
      if (picked) group.querySelector("[data-chosen]").textContent = picked.dataset.label;
      for (const label of group.querySelectorAll(".opt")) {
        const would = values.slice();
        would[place] = Number(label.querySelector("input").value);
        const other = byValues.get(would.join("-"));
        const state = units(other) === null ? "missing" : units(other) === 0 ? "sold_out" : "";
        label.classList.toggle("missing", state === "missing");
        label.classList.toggle("sold_out", state === "sold_out");
        label.querySelector("[data-state]").textContent = state ? words[`state_${state}`] : "";
      }
    });
    const left = units(row);
    const buyable = left !== null && left !== 0;
    const price = row ? texts[row[2]] : "";
    const before = row ? texts[row[3]] : "";
    for (const element of document.querySelectorAll(".buybar [data-price-now]")) element.textContent = price;
    const amount = page.querySelector("[data-price]");
    amount.replaceChildren();
    if (price) {
      const now = document.createElement("span");
      now.dataset.priceNow = "";
      now.textContent = price;
      amount.append(now);
    }
    if (before) {
      const former = document.createElement("s");
      const hint = document.createElement("span");
      hint.className = "hidden";
      hint.textContent = words.before;
      former.append(hint, before);
      amount.append(" ", former);
      if (texts[row[8]]) {
        const saving = document.createElement("span");
        saving.className = "saving";
        saving.textContent = texts[row[8]];
        amount.append(" ", saving);
      }
    }
    amount.classList.toggle("sale", Boolean(before));
    const lowest = page.querySelector("[data-lowest]");
    if (lowest) {
      lowest.textContent = row ? texts[row[7]] : "";
      lowest.hidden = !lowest.textContent;
    }
    const earns = page.querySelector("[data-earns]");
    if (earns) {
      earns.textContent = row ? texts[row[11]] : "";
      earns.hidden = !earns.textContent;
    }
    const unit = page.querySelector("[data-unit]");
    unit.textContent = row ? texts[row[10]] : "";
    unit.hidden = !unit.textContent;
    const stock = page.querySelector("[data-stock]");
    const later = row ? texts[row[9]] : "";
    const state = left === null ? "missing" : left === 0 ? "out" : later ? "later" : left > 0 && left <= low ? "low" : "in";
    stock.className = `stock ${state}`;
    stock.textContent = later && state === "later" ? later : state === "low" ? words.left.replace("{count}", left) : words[state];
    for (const button of document.querySelectorAll("[data-buy]")) {
      button.setAttribute("aria-disabled", String(!buyable));
      button.querySelector("[data-buy-text]").textContent = state === "missing" ? words.unavailable : state === "out" ? words.out : words.add;
    }
    // What cannot be bought now can be waited for: the bar leads to where one says so.
    const wait = document.querySelector(".buybar [data-wait]");
    if (wait) {
      wait.hidden = left !== 0;
      document.querySelector(".buybar [data-buy]").hidden = left === 0;
    }
    const quantity = page.querySelector("#quantity");
    quantity.max = left > 0 ? left : 99;
    if (Number(quantity.value) > Number(quantity.max)) quantity.value = quantity.max;
    for (const list of page.querySelectorAll("[data-contents]")) list.hidden = !row || list.dataset.contents !== String(row[0]);
    for (const offer of page.querySelectorAll("[data-offer]")) offer.hidden = !row || offer.dataset.offer !== String(row[0]);
    const sku = page.querySelector("[data-sku]");
    if (sku) {
      sku.textContent = row ? texts[row[5]] : "";
      page.querySelector("[data-sku-row]").hidden = !sku.textContent;
    }
    for (const line of document.querySelectorAll("[data-delivery]")) line.hidden = !buyable || state === "later";
    const notify = document.querySelector("[data-notify]");
    if (notify) {
      notify.hidden = left !== 0;
      notify.elements.variant.value = row ? row[0] : "";
    }
    save.dataset.save = row ? row[0] : 0;
    showSaved();
    if (row) {
      const address = new URL(location.href);
      address.search = `?variant=${row[0]}`;
      if (turn) history.replaceState(history.state, "", address);
      const place = slideList.findIndex((slide) => slide.dataset.image === String(row[6]));
      if (turn && row[6] && place >= 0) show(place);
    }
  }
  page.addEventListener("change", (event) => { if (event.target.matches("[data-option] input")) update(true); });
  // A browser that came back may have other radios checked than the server did.
  update(false);
}

// ---- photographs: a strip that scrolls on a phone, a grid with a large view on a screen
function show(place) {
  const slide = slideList[place];
  if (!slide) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (slides.scrollWidth > slides.clientWidth + 4) slides.scrollTo({ left: slide.offsetLeft - slides.offsetLeft, behavior: calm ? "auto" : "smooth" });
  mark(place);
}
function mark(place) {
  thumbs.forEach((thumb, number) => number === place ? thumb.setAttribute("aria-current", "true") : thumb.removeAttribute("aria-current"));
}
for (const thumb of thumbs) thumb.addEventListener("click", (event) => { event.preventDefault(); show(Number(thumb.dataset.thumb)); });
let settled;
slides.addEventListener("scroll", () => {
  clearTimeout(settled);
  settled = setTimeout(() => mark(Math.round(slides.scrollLeft / slides.clientWidth)), 80);
}, { passive: true });
slides.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const links = slideList.map((slide) => slide.querySelector("a, video"));
  const at = links.indexOf(document.activeElement);
  const next = Math.max(0, Math.min(links.length - 1, (at < 0 ? -1 : at) + step));
  links[next]?.focus({ preventScroll: false });
  show(next);
});

const zoom = document.querySelector("#zoom");
const pictures = slideList.map((slide) => slide.querySelector("[data-zoom]")).filter(Boolean);
let open = 0;
function enlarge(place) {
  open = (place + pictures.length) % pictures.length;
  const link = pictures[open];
  const image = new Image();
  image.alt = link.querySelector("img").alt;
  image.srcset = link.querySelector("source[type='image/webp']")?.srcset || "";
  image.sizes = "100vw";
  image.src = link.href;
  zoom.querySelector("figure").replaceChildren(image);
  zoom.querySelector("figure").classList.remove("near");
}
zoom.classList.toggle("one", pictures.length < 2);
slides.addEventListener("click", (event) => {
  const link = event.target.closest("[data-zoom]");
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  enlarge(pictures.indexOf(link));
  zoom.showModal();
});
zoom.addEventListener("click", (event) => {
  const turn = event.target.closest("[data-turn]");
  if (turn) enlarge(open + Number(turn.dataset.turn));
  else if (event.target.matches("img") && !swiped) near(event.offsetX / event.target.clientWidth, event.offsetY / event.target.clientHeight);
});
// A click comes near to where it fell and goes away again; two fingers pinch as everywhere.
function near(across, down) {
  const figure = zoom.querySelector("figure");
  if (!figure.classList.toggle("near")) return;
  figure.scrollTo(figure.scrollWidth * across - figure.clientWidth / 2, figure.scrollHeight * down - figure.clientHeight / 2);
}
let from = null, swiped = false;
zoom.addEventListener("touchstart", (event) => { from = event.touches.length === 1 ? event.touches[0] : null; swiped = false; }, { passive: true });
zoom.addEventListener("touchend", (event) => {
  const to = event.changedTouches[0];
  // Only a picture seen whole turns under a finger; one that is enlarged is moved by it.
  if (!from || event.touches.length || (visualViewport?.scale ?? 1) > 1.02 || zoom.querySelector("figure.near")) return;
  const across = to.clientX - from.clientX;
  if (Math.abs(across) < 50 || Math.abs(across) < 2 * Math.abs(to.clientY - from.clientY)) return;
  swiped = true;
  enlarge(open + (across < 0 ? 1 : -1));
}, { passive: true });
zoom.addEventListener("keydown", (event) => {
  if (event.key === "ArrowRight") enlarge(open + 1);
  if (event.key === "ArrowLeft") enlarge(open - 1);
  if (event.key === "+" || event.key === "-") near(0.5, 0.5);
});
zoom.addEventListener("close", () => pictures[open]?.focus());

// ---- size guide: its page in a drawer; the link alone leads to the page
const guide = document.querySelector("#guide");
document.querySelector("[data-guide]")?.addEventListener("click", async (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const link = event.currentTarget;
  const body = guide.querySelector("[data-guide-body]");
  try {
    if (!body.firstChild) {
      const answer = await fetch(link.href);
      const measures = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-measures]");
      if (!answer.ok || !measures) throw new Error(String(answer.status));
      body.append(measures);
    }
    guide.showModal();
  } catch { location.href = link.href; }
});
guide?.addEventListener("click", (event) => { if (event.target === guide) guide.close(); });

// ---- share: what the device offers, else the address goes into the clipboard
const share = page.querySelector("[data-share]");
if (navigator.share || navigator.clipboard) {
  share.hidden = false;
  share.addEventListener("click", async () => {
    const url = document.querySelector("link[rel=canonical]")?.href || location.href;
    try {
      if (navigator.share) await navigator.share({ title: document.title, url });
      else {
        await navigator.clipboard.writeText(url);
        document.querySelector("#status").textContent = share.dataset.copied;
        share.querySelector("span").textContent = share.dataset.copied;
      }
    } catch { /* whoever closes the sheet changed their mind */ }
  });
}
