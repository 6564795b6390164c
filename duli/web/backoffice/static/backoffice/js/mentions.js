// Names after an @: a list that the keyboard walks. Without this file names are simply typed.
const LONGEST = 40;
const SHOWN = 6;

function wordBefore(area) {
  const text = area.value.slice(0, area.selectionStart);
  const at = text.lastIndexOf("@");
  if (at < 0 || text.length - at > LONGEST || /\n/.test(text.slice(at))) return null;
  if (at > 0 && /[\w.]/.test(text[at - 1])) return null;
  return { at, word: text.slice(at + 1).toLowerCase() };
}

function begin(area) {
  const source = document.getElementById(area.dataset.mentions);
  if (!source) return;
  const names = JSON.parse(source.textContent);
  const list = document.createElement("ul");
  list.className = "pop mention-list";
  list.id = `${area.id}-names`;
  list.setAttribute("role", "listbox");
  list.hidden = true;
  area.insertAdjacentElement("afterend", list);
  area.setAttribute("aria-controls", list.id);
  area.setAttribute("aria-autocomplete", "list");
  let active = 0;

  function close() {
    list.hidden = true;
    area.removeAttribute("aria-activedescendant");
  }

  function mark() {
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === active)));
    const item = list.children[active];
    if (item) {
      area.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    }
  }

  function take(name) {
    const found = wordBefore(area);
    if (!found) return;
    const after = area.value.slice(area.selectionStart);
    area.value = `${area.value.slice(0, found.at)}@${name} ${after}`;
    const place = found.at + name.length + 2;
    area.setSelectionRange(place, place);
    close();
    area.focus();
  }

  function show() {
    const found = wordBefore(area);
    const fitting = found ? names.filter((name) => name.toLowerCase().includes(found.word)).slice(0, SHOWN) : [];
    if (!fitting.length) return close();
    active = 0;
    list.replaceChildren(...fitting.map((name, place) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${place}`;
      item.className = "menu-item";
      item.setAttribute("role", "option");
      item.textContent = name;
      item.addEventListener("mousedown", (event) => { event.preventDefault(); take(name); });
      return item;
    }));
    list.hidden = false;
    mark();
  }

  area.addEventListener("input", show);
  area.addEventListener("blur", close);
  area.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const count = list.children.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      active = (active + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
      mark();
    } else if (event.key === "Enter" || event.key === "Tab") {
      take(list.children[active].textContent);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else {
      return;
    }
    event.preventDefault();
  });
}

export function start(root) {
  root.querySelectorAll("[data-mentions]:not([aria-controls])").forEach(begin);
}
