// Fields of Wagtail's editor that it leaves without a name (topics, a block of one line, written text) get that of their
// heading; so do the windows that its scripts build.
const NAMELESS = [
  ".ui-autocomplete-input",
  "[data-streamfield-child] input[type=text]",
  "[data-streamfield-child] textarea",
  ".Draftail-Editor [contenteditable]",
].join();

function name(field) {
  if (field.labels?.length || field.hasAttribute("aria-label") || field.hasAttribute("aria-labelledby")) return;
  for (let part = field.parentElement; part && part.id !== "main"; part = part.parentElement) {
    const heading = part.querySelector("[data-panel-heading-text], .w-panel__heading, .w-field__label");
    const words = heading?.textContent.replace("*", "").trim();
    if (words) return void field.setAttribute("aria-label", words);
  }
}

function nameWindow(modal) {
  const words = modal.querySelector("h1, h2")?.textContent.trim();
  if (words && modal.getAttribute("aria-label") !== words) modal.setAttribute("aria-label", words);
  modal.querySelectorAll("header:not([role])").forEach((header) => header.setAttribute("role", "none"));
}

function look() {
  document.querySelectorAll(NAMELESS).forEach(name);
  document.querySelectorAll(".modal[role=dialog]").forEach(nameWindow);
}
look();
new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
