// Flash sales: what is left now, one's turn in a line, and the little sum that shows that somebody sits here.

// ---- what is left: asked every few seconds while the page is looked at
const places = [...document.querySelectorAll("[data-flash]")];
async function look() {
  if (document.hidden) return;
  for (const address of new Set(places.map((place) => place.dataset.state))) {
    try {
      const { left } = await (await fetch(address)).json();
      for (const place of places) {
        const units = left[place.dataset.flash];
        if (place.dataset.state !== address || units === undefined) continue;
        const words = units > 0 ? place.dataset.words.replace("{count}", units) : place.dataset.out;
        const shown = place.querySelector("[data-flash-left]");
        if (shown.textContent !== words) shown.textContent = words;
      }
    } catch { /* the next look may succeed */ }
  }
}
if (places.length) setInterval(look, 4000);

// ---- the line: the page is loaded anew when something else than the words about the place changes
const line = document.querySelector("[data-line]");
function say(selector, words) {
  const shown = line.querySelector(selector);
  if (words && shown.textContent !== words) shown.textContent = words;
}
async function turn() {
  let pause = Number(line.dataset.secondsBetween);
  try {
    const answer = await (await fetch(line.dataset.turn, { cache: "no-store" })).json();
    if (answer.state !== line.dataset.line) {
      location.reload();
      return;
    }
    say("[data-place]", answer.words);
    say("[data-more]", answer.more);
    pause = answer.seconds || pause;
  } catch { /* the next look may succeed */ }
  setTimeout(turn, pause * 1000);
}
if (line?.dataset.line === "waiting") setTimeout(turn, Number(line.dataset.secondsBetween) * 1000);

// ---- joining: a sum that takes a browser half a second, and a program that wants all places very long
const form = document.querySelector("form[data-proof]");
async function solve(challenge, bits) {
  const encoder = new TextEncoder();
  for (let number = 0; ; number += 1) {
    const hash = new DataView(await crypto.subtle.digest("SHA-256", encoder.encode(`${challenge}:${number}`)));
    if (hash.getUint32(0) >>> (32 - bits) === 0) return String(number);
  }
}
async function join(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(new FormData(form)),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.problem);
  if (told.state !== "waiting") {
    location.reload();
    return;
  }
  line.dataset.line = told.state;
  line.dataset.secondsBetween = told.seconds;
  line.querySelector("#problems")?.remove();
  say("[data-place]", told.words);
  say("[data-more]", told.more);
  form.remove();
  line.querySelector("h1").focus();
  setTimeout(turn, told.seconds * 1000);
}
if (form && globalThis.crypto?.subtle) {
  const opened = performance.now();
  const proof = solve(form.dataset.proof, Number(form.dataset.bits));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    button.textContent = form.dataset.working;
    form.elements.proof.value = await proof;
    // Faster than this nobody reads; the shop would ask to press again.
    setTimeout(() => join(form).catch(() => form.submit()), Math.max(0, 1200 - (performance.now() - opened)));
  });
}
