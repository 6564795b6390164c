// Fields of Wagtail's editor that it leaves without a name (topics, a block of one line) get that of their heading.
const NAMELESS = ".ui-autocomplete-input, [data-streamfield-child] input[type=text], [data-streamfield-child] textarea";

function name(field) {
  if (field.labels?.length || field.hasAttribute("aria-label") || field.hasAttribute("aria-labelledby")) return;
  for (let part = field.parentElement; part && part.id !== "main"; part = part.parentElement) {
    const heading = part.querySelector("[data-panel-heading-text], .w-panel__heading, .w-field__label");
    const words = heading?.textContent.replace("*", "").trim();
    if (words) return void field.setAttribute("aria-label", words);
  }
}

const look = () => document.querySelectorAll(NAMELESS).forEach(name);
look();
new MutationObserver(look).observe(document.getElementById("main"), { childList: true, subtree: true });
