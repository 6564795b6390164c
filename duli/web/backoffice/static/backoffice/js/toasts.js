// Toasts leave by themselves, but never while somebody reads or points at them.
const STAY = 6000;
const STAY_WITH_UNDO = 12000;

function start(toast) {
  toast.dataset.started = "";
  const button = toast.querySelector("[data-dismiss]");
  const leave = () => {
    toast.classList.add("leaving");
    setTimeout(() => toast.remove(), 200);
  };
  button.hidden = false;
  button.addEventListener("click", leave);
  // What is to be copied waits for whoever copies it.
  if (toast.matches("[data-stays]")) return;
  let timer = 0;
  const wait = () => (timer = setTimeout(leave, toast.querySelector("form") ? STAY_WITH_UNDO : STAY));
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", wait);
  toast.addEventListener("focusin", () => clearTimeout(timer));
  wait();
}

function startAll() {
  document.querySelectorAll("[data-toast]:not([data-started])").forEach(start);
}

startAll();
document.addEventListener("htmx:afterSettle", startAll);
document.addEventListener("desk:toast", startAll);
