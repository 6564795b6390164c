// Filters, sort and pages exchange the list in place; the addresses are real, so "back" and sharing work.
const host = document.querySelector("#listing");
let running;

function key(element) {
  if (!element || !host.contains(element)) return "";
  if (element.name) return `${element.tagName}[name="${CSS.escape(element.name)}"]${element.type === "checkbox" ? `[value="${CSS.escape(element.value)}"]` : ""}`;
  return element.matches("summary") ? "" : "";
}

async function swap(address, { top = false, push = true } = {}) {
  running?.abort();
  running = new AbortController();
  const results = host.querySelector(".results");
  results?.setAttribute("aria-busy", "true");
  const sheet = host.querySelector(".facets")?.classList.contains("open");
  const scrolled = host.querySelector(".facets form")?.scrollTop;
  const opened = new Map([...host.querySelectorAll("details.facet")].map((facet) => [facet.querySelector("summary").firstChild.textContent.trim(), facet.open]));
  const focus = key(document.activeElement);
  try {
    const answer = await fetch(address, { headers: { "X-Fragment": "listing" }, signal: running.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    host.innerHTML = await answer.text();
  } catch (error) {
    if (error.name !== "AbortError") location.href = address;
    return;
  }
  if (push) {
    // "Back" returns to where somebody was in the list they leave.
    history.replaceState({ listing: true, y: scrollY }, "");
    history.pushState({ listing: true }, "", address);
  }
  for (const facet of host.querySelectorAll("details.facet")) {
    const name = facet.querySelector("summary").firstChild.textContent.trim();
    if (opened.has(name)) facet.open = opened.get(name) || facet.open;
  }
  if (sheet) openSheet(scrolled);
  if (focus) host.querySelector(focus)?.focus({ preventScroll: true });
  document.querySelector("#status").textContent = host.querySelector("[data-total]")?.textContent || "";
  if (top) {
    host.scrollIntoView();
    host.querySelector("h1")?.setAttribute("tabindex", "-1");
    host.querySelector("h1")?.focus({ preventScroll: true });
  }
}

function address(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value !== "") query.append(name, value);
  const text = query.toString();
  return form.action.split("?")[0] + (text ? `?${text}` : "");
}

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.id === "filter") swap(address(form));
});
document.addEventListener("submit", (event) => {
  if (event.target.id !== "filter") return;
  event.preventDefault();
  closeSheet();
  swap(address(event.target));
});
document.addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = event.target.closest?.("a[data-swap]");
  if (link) {
    event.preventDefault();
    swap(link.href, { top: link.dataset.swap === "top" });
  } else if (event.target.closest?.("[data-open-facets]")) {
    event.preventDefault();
    openSheet();
    host.querySelector("[data-close-facets]").focus();
  } else if (event.target.closest?.("[data-close-facets]")) {
    event.preventDefault();
    closeSheet();
    host.querySelector("[data-open-facets]")?.focus();
  }
});

function openSheet(scrolled = 0) {
  const sheet = host.querySelector(".facets");
  if (!sheet) return;
  sheet.classList.add("open");
  sheet.setAttribute("role", "dialog");
  sheet.setAttribute("aria-modal", "true");
  sheet.querySelector("form").scrollTop = scrolled;
  document.documentElement.classList.add("locked");
}
function closeSheet() {
  const sheet = host.querySelector(".facets");
  sheet?.classList.remove("open");
  sheet?.setAttribute("role", "complementary");
  sheet?.removeAttribute("aria-modal");
  document.documentElement.classList.remove("locked");
}
document.addEventListener("keydown", (event) => {
  const sheet = host.querySelector(".facets.open");
  if (!sheet) return;
  if (event.key === "Escape") {
    closeSheet();
    host.querySelector("[data-open-facets]")?.focus();
  } else if (event.key === "Tab") {
    const inside = [...sheet.querySelectorAll("a, button, input, summary")].filter((element) => element.offsetParent);
    const edge = event.shiftKey ? inside[0] : inside.at(-1);
    if (document.activeElement === edge) {
      event.preventDefault();
      (event.shiftKey ? inside.at(-1) : inside[0]).focus();
    }
  }
});
history.replaceState({ listing: true, ...history.state }, "");
addEventListener("popstate", async (event) => {
  if (!event.state?.listing) return;
  await swap(location.href, { push: false });
  if (event.state.y !== undefined) scrollTo(0, event.state.y);
});
