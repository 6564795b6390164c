// The bell: a count, a list that follows, a toast and (if wanted) a sound and a message of the desktop for new orders.
const bell = document.querySelector("[data-bell]");
const SOUND = "desk-sound";
const RUNG = "desk-rung";
let newest = 0;

function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // A browser that keeps nothing rings again after a reload.
  }
}

function ring() {
  const Audio = window.AudioContext;
  if (!Audio || remembered(SOUND) !== "on") return;
  const audio = new Audio();
  [0, 0.18].forEach((start, index) => {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = index ? 1175 : 880;
    volume.gain.setValueAtTime(0.12, audio.currentTime + start);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + start + 0.5);
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + start);
    tone.stop(audio.currentTime + start + 0.5);
  });
}

function tell(line) {
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.dataset.toast = "";
  const link = document.createElement("a");
  link.className = "toast-text";
  link.href = line.href;
  link.textContent = line.querySelector(".grow").firstChild.textContent;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset.dismiss = "";
  close.textContent = "×";
  toast.append(link, close);
  document.getElementById("toasts").append(toast);
  document.dispatchEvent(new CustomEvent("desk:toast"));
  if (window.Notification?.permission === "granted") {
    const message = new Notification(link.textContent, { tag: `duli-${line.dataset.notice}` });
    message.onclick = () => window.focus();
  }
}

// What happened before this desk was opened for the first time is in the list, and rings for nobody. The page says when
// it was drawn: the first answer of the poll may come after the first order.
function before(lines) {
  const since = Number(document.getElementById("toasts").dataset.since);
  const old = [...lines.querySelectorAll("[data-notice]")].filter((line) => Number(line.dataset.at) < since);
  return Math.max(0, ...old.map((line) => Number(line.dataset.notice)));
}

async function refresh() {
  const answer = await fetch(bell.dataset.lines, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const lines = bell.querySelector("[data-bell-lines]");
  lines.innerHTML = await answer.text();
  const rung = Number(remembered(RUNG) ?? before(lines));
  const fresh = [...lines.querySelectorAll("[data-fresh][data-loud]")].filter((line) => Number(line.dataset.notice) > rung);
  remember(RUNG, String(Math.max(rung, ...fresh.map((line) => Number(line.dataset.notice)))));
  // What was missed while nobody was connected is told in three toasts at most; the list has all of it.
  fresh.slice(0, 3).reverse().forEach(tell);
  ring();
}

function count(unread) {
  const badge = bell.querySelector("[data-bell-count]");
  badge.hidden = !unread;
  badge.textContent = unread > 98 ? "99+" : String(unread);
  badge.setAttribute("aria-label", `${unread} ${bell.dataset.words}`);
}

function seen() {
  if (!bell.open || !newest) return;
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const body = new URLSearchParams({ last: String(newest) });
  fetch(bell.dataset.seen, { method: "POST", body, headers: { "X-CSRFToken": token, "HX-Request": "true" } });
}

if (bell && window.Worker) {
  const worker = new Worker(bell.dataset.worker);
  worker.onmessage = async (event) => {
    count(event.data.unread);
    if (!event.data.newest && remembered(RUNG) === null) remember(RUNG, "0");
    if (event.data.newest !== newest) {
      newest = event.data.newest;
      await refresh();
    }
  };
  worker.postMessage(new URL(bell.dataset.poll, location.href).href);
  bell.addEventListener("toggle", seen);
}

const sound = document.querySelector("[data-bell-sound]");
if (sound) {
  sound.closest("[data-needs-script]").hidden = false;
  sound.checked = remembered(SOUND) === "on";
  sound.addEventListener("change", () => {
    remember(SOUND, sound.checked ? "on" : "off");
    ring();
  });
  const button = document.querySelector("[data-bell-permission]");
  const refused = document.querySelector("[data-bell-answer]");
  button.hidden = !window.Notification || Notification.permission === "granted";
  button.addEventListener("click", async () => {
    const permission = await Notification.requestPermission();
    button.hidden = permission === "granted";
    refused.hidden = permission !== "denied";
  });
}
