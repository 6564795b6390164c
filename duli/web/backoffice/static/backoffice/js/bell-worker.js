// Asks whether the bell has something new, so often that a new order rings within two seconds even where another
// process writes its notice. In a worker, because browsers let the timers of a page
// that is not looked at sleep, and a new order rings on every open desk.
const PAUSE = 700;
const LONGEST = 30000;
let wait = PAUSE;
let known = "";

async function ask(url) {
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" }, redirect: "manual", cache: "no-store" });
    if (answer.ok) {
      wait = PAUSE;
      const text = await answer.text();
      if (text !== known) {
        known = text;
        postMessage(JSON.parse(text));
      }
    } else if (answer.type === "opaqueredirect" || answer.status === 403) return;
    else wait = Math.min(wait * 2, LONGEST);
  } catch {
    wait = Math.min(wait * 2, LONGEST);
  }
  setTimeout(ask, wait, url);
}

onmessage = (event) => ask(event.data);
