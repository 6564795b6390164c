// A small editor over a textarea of HTML. The server cleans whatever arrives, so this only has to be pleasant.
const TOOLS = ["bold", "italic", "heading-2", "list", "list-ordered", "link"];
const COMMANDS = { bold: "bold", italic: "italic", list: "insertUnorderedList", "list-ordered": "insertOrderedList" };
const KEPT = new Set(["P", "BR", "B", "STRONG", "I", "EM", "U", "UL", "OL", "LI", "H2", "H3", "H4", "A", "TABLE", "TBODY", "THEAD", "TR", "TD", "TH", "IMG", "BLOCKQUOTE"]);

function cleaned(node, into) {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) into.append(child.textContent);
    else if (child.nodeType === Node.ELEMENT_NODE && !["SCRIPT", "STYLE", "META", "TITLE"].includes(child.tagName)) {
      if (KEPT.has(child.tagName)) {
        const copy = document.createElement(child.tagName);
        if (child.tagName === "A" && /^(https?:|mailto:|tel:|\/)/.test(child.getAttribute("href") ?? "")) copy.setAttribute("href", child.getAttribute("href"));
        if (child.tagName === "IMG" && /^(https?:|\/)/.test(child.getAttribute("src") ?? "")) {
          copy.setAttribute("src", child.getAttribute("src"));
          copy.setAttribute("alt", child.getAttribute("alt") ?? "");
        }
        cleaned(child, copy);
        into.append(copy);
      } else cleaned(child, into);
    }
  }
  return into;
}

function fragmentOf(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return cleaned(parsed.body, document.createDocumentFragment());
}

class RichText extends HTMLElement {
  connectedCallback() {
    if (this.editor) return;
    this.area = this.querySelector("textarea");
    const box = document.createElement("div");
    box.className = "rich";
    const tools = document.createElement("div");
    tools.className = "rich-tools";
    tools.setAttribute("role", "toolbar");
    tools.setAttribute("aria-label", this.dataset.label);
    const words = JSON.parse(this.dataset.tools);
    const sprite = this.dataset.icons;
    for (const tool of TOOLS) {
      const button = document.createElement("button");
      button.type = "button";
      button.title = words[tool];
      button.setAttribute("aria-label", words[tool]);
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("class", "icon");
      const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
      use.setAttribute("href", `${sprite}#${tool}`);
      svg.append(use);
      button.append(svg);
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", () => this.run(tool, words));
      tools.append(button);
    }
    this.editor = document.createElement("div");
    this.editor.className = "rich-text";
    this.editor.contentEditable = "true";
    this.editor.setAttribute("role", "textbox");
    this.editor.setAttribute("aria-multiline", "true");
    this.editor.setAttribute("aria-label", this.dataset.label);
    this.editor.append(fragmentOf(this.area.value));
    this.editor.addEventListener("input", () => this.keep());
    this.editor.addEventListener("paste", (event) => this.paste(event));
    box.append(tools, this.editor);
    this.area.hidden = true;
    this.area.after(box);
    document.execCommand("defaultParagraphSeparator", false, "p");
  }

  run(tool, words) {
    this.editor.focus();
    if (tool === "heading-2") {
      const now = document.queryCommandValue("formatBlock").toLowerCase();
      document.execCommand("formatBlock", false, now === "h2" ? "p" : "h2");
    } else if (tool === "link") {
      const address = window.prompt(words.address, "https://");
      if (address && /^(https?:|mailto:|tel:|\/)/.test(address)) document.execCommand("createLink", false, address);
      else if (address === "") document.execCommand("unlink");
    } else document.execCommand(COMMANDS[tool]);
    this.keep();
  }

  paste(event) {
    const html = event.clipboardData.getData("text/html");
    if (!html) return;
    event.preventDefault();
    const holder = document.createElement("div");
    holder.append(fragmentOf(html));
    document.execCommand("insertHTML", false, holder.innerHTML);
  }

  keep() {
    const empty = !this.editor.textContent.trim() && !this.editor.querySelector("img, table");
    this.area.value = empty ? "" : this.editor.innerHTML;
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

customElements.define("rich-text", RichText);
