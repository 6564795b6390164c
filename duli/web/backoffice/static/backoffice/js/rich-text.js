// A small editor over a textarea of HTML. The server cleans whatever arrives, so this only has to be pleasant, and to
// lose nothing that the server would keep.
import { pasted } from "./rich-paste.js";

const TOOLS = ["bold", "italic", "heading-2", "list", "list-ordered", "table", "link"];
const COMMANDS = { bold: "bold", italic: "italic", list: "insertUnorderedList", "list-ordered": "insertOrderedList" };
const ADDRESS = /^(https?:|mailto:|tel:|\/)/i;
const DANGEROUS = "script, style, meta, link, title, iframe, object, embed, base, form, input, button, template";

// What is stored, as it is: only what could run is kept out of the page.
function stored(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const node of parsed.body.querySelectorAll(DANGEROUS)) node.remove();
  for (const node of parsed.body.querySelectorAll("*")) {
    for (const { name, value } of [...node.attributes]) {
      const isAddress = name === "href" || name === "src";
      if (name.startsWith("on") || name === "style" || (isAddress && !ADDRESS.test(value))) node.removeAttribute(name);
    }
  }
  const into = document.createDocumentFragment();
  into.append(...parsed.body.childNodes);
  return into;
}

class RichText extends HTMLElement {
  connectedCallback() {
    if (this.editor) return;
    this.area = this.querySelector("textarea");
    this.words = JSON.parse(this.dataset.tools);
    const box = document.createElement("div");
    box.className = "rich";
    this.editor = document.createElement("div");
    this.editor.className = "rich-text";
    this.editor.contentEditable = "true";
    this.editor.setAttribute("role", "textbox");
    this.editor.setAttribute("aria-multiline", "true");
    this.editor.setAttribute("aria-label", this.dataset.label);
    this.editor.append(stored(this.area.value));
    this.editor.addEventListener("input", () => this.keep());
    this.editor.addEventListener("paste", (event) => this.paste(event));
    this.editor.addEventListener("keydown", (event) => this.key(event));
    for (const moved of ["keyup", "mouseup", "focus", "input"]) this.editor.addEventListener(moved, () => this.mark());
    box.append(this.toolbar(), this.linkRow(), this.editor);
    this.area.hidden = true;
    this.area.after(box);
    document.execCommand("defaultParagraphSeparator", false, "p");
  }

  toolbar() {
    const tools = document.createElement("div");
    tools.className = "rich-tools";
    tools.setAttribute("role", "toolbar");
    tools.setAttribute("aria-label", this.dataset.label);
    this.buttons = new Map();
    for (const tool of TOOLS) {
      const button = document.createElement("button");
      button.type = "button";
      button.title = this.words[tool];
      button.setAttribute("aria-label", this.words[tool]);
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("class", "icon");
      const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
      use.setAttribute("href", `${this.dataset.icons}#${tool}`);
      svg.append(use);
      button.append(svg);
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", () => this.run(tool));
      this.buttons.set(tool, button);
      tools.append(button);
    }
    return tools;
  }

  linkRow() {
    this.link = document.createElement("div");
    this.link.className = "rich-link";
    this.link.hidden = true;
    const field = document.createElement("input");
    field.className = "input";
    field.type = "url";
    field.placeholder = "https://";
    field.setAttribute("aria-label", this.words.address);
    const button = (words, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "button small";
      made.textContent = words;
      made.addEventListener("click", act);
      return made;
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.linkTo(field.value);
      else if (event.key === "Escape") this.linkTo(null);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    // What is typed here is not what the form saves.
    for (const kind of ["input", "change"]) field.addEventListener(kind, (event) => event.stopPropagation());
    this.link.append(field, button(this.words.apply, () => this.linkTo(field.value)));
    this.unlink = button(this.words.unlink, () => this.linkTo(""));
    this.link.append(this.unlink);
    return this.link;
  }

  run(tool) {
    if (tool === "link") return this.askLink();
    this.editor.focus();
    if (tool === "heading-2") {
      const now = document.queryCommandValue("formatBlock").toLowerCase();
      document.execCommand("formatBlock", false, now === "h2" ? "p" : "h2");
    } else if (tool === "table") {
      const row = (cell) => `<tr>${`<${cell}><br></${cell}>`.repeat(2)}</tr>`;
      document.execCommand("insertHTML", false, `<table><tbody>${row("th")}${row("td")}${row("td")}</tbody></table><p><br></p>`);
      const table = [...this.editor.querySelectorAll("table")].find((found) => !found.textContent.trim());
      if (table) this.enter(table.rows[0].cells[0]);
    } else document.execCommand(COMMANDS[tool]);
    this.keep();
    this.mark();
  }

  askLink() {
    const selection = getSelection();
    if (!selection.rangeCount || !this.editor.contains(selection.anchorNode)) this.editor.focus();
    this.chosen = getSelection().rangeCount ? getSelection().getRangeAt(0).cloneRange() : null;
    const anchor = this.around("a");
    if (anchor && this.chosen) this.chosen.selectNodeContents(anchor);
    this.link.hidden = false;
    this.unlink.hidden = !anchor;
    const field = this.link.querySelector("input");
    field.value = anchor?.getAttribute("href") ?? "";
    field.focus();
  }

  linkTo(address) {
    const field = this.link.querySelector("input");
    let wanted = address?.trim();
    // People write "example.com" and mean the page.
    if (wanted && !ADDRESS.test(wanted) && /^[\w-]+(\.[\w-]+)+/.test(wanted)) wanted = `https://${wanted}`;
    const wrong = Boolean(wanted) && !ADDRESS.test(wanted);
    field.toggleAttribute("aria-invalid", wrong);
    if (wrong) return field.focus();
    this.link.hidden = true;
    this.editor.focus();
    if (this.chosen) {
      getSelection().removeAllRanges();
      getSelection().addRange(this.chosen);
    }
    if (wanted && this.chosen?.collapsed) {
      const anchor = document.createElement("a");
      anchor.href = wanted;
      anchor.textContent = wanted;
      document.execCommand("insertHTML", false, anchor.outerHTML);
    } else if (wanted) document.execCommand("createLink", false, wanted);
    else if (wanted === "") document.execCommand("unlink");
    this.keep();
  }

  around(tags) {
    const node = getSelection().anchorNode;
    const found = (node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement)?.closest(tags);
    return found && this.editor.contains(found) ? found : null;
  }

  enter(cell) {
    const range = document.createRange();
    range.selectNodeContents(cell);
    range.collapse(true);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }

  // Tab walks through the cells of a table and writes a new row after the last one; elsewhere it leaves the field.
  key(event) {
    if (event.key === "k" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      return this.askLink();
    }
    const cell = event.key === "Tab" && this.around("td, th");
    if (!cell) return;
    const table = cell.closest("table");
    const cells = [...table.querySelectorAll("td, th")];
    const place = cells.indexOf(cell) + (event.shiftKey ? -1 : 1);
    if (place < 0) return;
    event.preventDefault();
    if (place === cells.length) {
      const row = cell.parentElement.cloneNode(true);
      for (const fresh of row.cells) fresh.innerHTML = "<br>";
      cell.parentElement.after(row);
      this.keep();
      return this.enter(row.cells[0]);
    }
    this.enter(cells[place]);
  }

  mark() {
    for (const [tool, button] of this.buttons) {
      let on = Boolean(COMMANDS[tool]) && document.queryCommandState(COMMANDS[tool]);
      if (tool === "heading-2") on = Boolean(this.around("h2"));
      if (tool === "link") on = Boolean(this.around("a"));
      if (tool !== "table") button.setAttribute("aria-pressed", String(on));
    }
  }

  paste(event) {
    const html = event.clipboardData.getData("text/html");
    if (!html) return;
    event.preventDefault();
    const holder = document.createElement("div");
    holder.append(pasted(html));
    document.execCommand("insertHTML", false, holder.innerHTML);
  }

  // Another text altogether, from elsewhere on the page.
  take(html) {
    this.editor.replaceChildren(stored(html));
    this.keep();
  }

  keep() {
    const empty = !this.editor.textContent.trim() && !this.editor.querySelector("img, table, hr");
    this.area.value = empty ? "" : this.editor.innerHTML;
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

customElements.define("rich-text", RichText);
