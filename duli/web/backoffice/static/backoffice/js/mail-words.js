// The words of a mail line by line, as its reader sees them, over a textarea of its source. What is not words (tags,
// conditions, lists) stays as it was written, to the letter: only lines that somebody changed are written anew.
const TOKEN = /\{\{[^]*?\}\}|\{%[^]*?%\}|\{#[^]*?#\}|<!--[^]*?-->|<\/?[a-z](?:"[^"]*"|'[^']*'|[^'">])*>/gi;
const LINES = new Set(["h1", "h2", "h3", "h4", "p", "li", "td", "th", "div", "blockquote", "dt", "dd"]);
const FRAMES = new Set(["table", "thead", "tbody", "tfoot", "tr", "ul", "ol", "dl", "section", "center", "hr", "img"]);
const OPENS = new Set(["if", "for", "with", "filter", "macro", "call"]);
const BOLD = { b: "strong", strong: "strong", i: "em", em: "em" };

function tokensOf(source) {
  const found = [];
  let at = 0;
  const text = (until) => until > at && found.push({ kind: "text", raw: source.slice(at, until) });
  for (const match of source.matchAll(TOKEN)) {
    text(match.index);
    const raw = match[0];
    at = match.index + raw.length;
    if (raw.startsWith("{{")) found.push({ kind: "value", raw, name: raw.slice(2, -2).replace(/^-|-$/g, "").trim() });
    else if (raw.startsWith("{%")) {
      const said = raw.slice(2, -2).replace(/^-|-$/g, "").trim();
      found.push({ kind: "flow", raw, word: said.split(/\s/, 1)[0], rest: said.replace(/^\S+\s*/, "") });
    } else if (raw.startsWith("{#") || raw.startsWith("<!--")) found.push({ kind: "note", raw });
    else found.push({ kind: "tag", raw, name: raw.match(/[a-z][a-z0-9]*/i)[0].toLowerCase(), closes: raw[1] === "/" });
  }
  text(source.length);
  return found;
}

// Whether tags and conditions of a line end within it.
function whole(tokens) {
  const open = [];
  for (const token of tokens) {
    if (token.kind === "tag" && token.name !== "br") {
      if (!token.closes) open.push(token.name);
      else if (open.pop() !== token.name) return false;
    } else if (token.kind === "flow") {
      if (OPENS.has(token.word)) open.push(`%${token.word}`);
      else if (token.word.startsWith("end") && open.pop() !== `%${token.word.slice(3)}`) return false;
    }
  }
  return open.length === 0;
}

const isStructure = (token) => token.kind === "tag" && (LINES.has(token.name) || FRAMES.has(token.name));
const hasWords = (tokens) => tokens.some((token) => token.kind === "value" || (token.kind === "text" && token.raw.trim()));

// Return the parts of a source in order: lines with words, conditions between them, and what is kept as it is.
function partsOf(source) {
  const tokens = tokensOf(source);
  const parts = [];
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at];
    let end = at + 1;
    if (token.kind === "tag" && LINES.has(token.name) && !token.closes) {
      while (end < tokens.length && !isStructure(tokens[end])) end += 1;
      const inner = tokens.slice(at + 1, end);
      const close = tokens[end];
      if (close?.closes && close.name === token.name && whole(inner)) {
        parts.push({ kind: "line", tag: token.name, open: token.raw, close: close.raw, inner });
        at = end + 1;
        continue;
      }
      end = at + 1;
    } else if (token.kind === "flow" || isStructure(token) || token.kind === "note") {
      parts.push({ ...token });
      at += 1;
      continue;
    } else {
      // Words that stand in no paragraph: up to the next tag or condition that is not one of their own.
      while (end < tokens.length && !isStructure(tokens[end]) && tokens[end].kind !== "flow") end += 1;
      const inner = tokens.slice(at, end);
      if (hasWords(inner) && whole(inner)) {
        parts.push({ kind: "line", tag: "", open: "", close: "", inner });
        at = end;
        continue;
      }
      end = at + 1;
    }
    parts.push(...tokens.slice(at, end));
    at = end;
  }
  return parts;
}

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const decoded = (text) => new DOMParser().parseFromString(`<i>${text.replace(/</g, "&lt;")}</i>`, "text/html").body.textContent;

function writtenNode(node) {
  if (node.nodeType === Node.TEXT_NODE) return escaped(node.data);
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  if (node.dataset.source !== undefined) return node.dataset.source;
  const inner = [...node.childNodes].map(writtenNode).join("");
  if (node.dataset.open !== undefined) return node.dataset.open + inner + (node.dataset.close ?? "");
  const name = node.localName;
  if (name === "br") return "<br>";
  return BOLD[name] && inner ? `<${BOLD[name]}>${inner}</${BOLD[name]}>` : inner;
}

function writtenLine(box) {
  const nodes = [...box.childNodes];
  const last = nodes[nodes.length - 1];
  // Browsers put a line break of their own at the end, so that there is somewhere to write.
  if (last?.localName === "br" && last.dataset.open === undefined && !box.dataset.broken) nodes.pop();
  return nodes.map(writtenNode).join("");
}

// Put the words of a line into its box; `draw` makes the sign that stands for a value or a condition.
function fill(box, inner, draw) {
  const stack = [box];
  for (const token of inner) {
    const into = stack[stack.length - 1];
    if (token.kind === "text") into.append(decoded(token.raw));
    else if (token.kind !== "tag") into.append(draw(token));
    else if (token.name === "br") {
      const line = document.createElement("br");
      line.dataset.open = token.raw;
      into.append(line);
    } else if (token.closes) stack.pop().dataset.close = token.raw;
    else {
      const element = document.createElement(BOLD[token.name] ?? "span");
      element.dataset.open = token.raw;
      element.className = token.name === "a" ? (/class="[^"]*button/.test(token.raw) ? "mail-button" : "mail-link") : "";
      into.append(element);
      stack.push(element);
    }
  }
}

class MailWords extends HTMLElement {
  connectedCallback() {
    if (this.box) return;
    this.area = this.querySelector("textarea");
    this.words = JSON.parse(this.dataset.words);
    this.samples = new Map([...document.querySelectorAll("[data-sample]")].map((row) => [row.dataset.sample, row.dataset.value]));
    this.box = document.createElement("div");
    this.box.className = "mail-words";
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", this.dataset.label);
    this.area.after(this.box);
    this.area.before(this.switcher());
    this.box.addEventListener("input", (event) => this.changed(event));
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("paste", (event) => this.paste(event));
    this.box.addEventListener("focusin", (event) => (this.last = event.target.closest(".mail-line") ?? this.last));
    document.addEventListener("selectionchange", () => this.remember());
    document.addEventListener("click", (event) => this.insert(event), true);
    this.show(this.area.getAttribute("aria-invalid") === "true" ? "source" : "words");
    this.closest("form")?.dispatchEvent(new Event("desk:ready"));
  }

  switcher() {
    const row = document.createElement("div");
    row.className = "mail-switch";
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", this.words.view);
    this.buttons = new Map();
    for (const name of ["words", "source"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button small";
      button.textContent = this.words[name];
      button.addEventListener("click", () => this.show(name));
      this.buttons.set(name, button);
      row.append(button);
    }
    return row;
  }

  show(view) {
    const isWords = view === "words" && this.draw();
    this.box.hidden = !isWords;
    this.area.hidden = isWords;
    for (const [name, button] of this.buttons) button.setAttribute("aria-pressed", String((name === "words") === isWords));
  }

  // Draw every line; false if there is none that could be shown this way.
  draw() {
    this.parts = partsOf(this.area.value);
    this.box.replaceChildren();
    this.last = this.range = null;
    const alias = new Map();
    let depth = 0;
    let row = null;
    for (const part of this.parts) {
      if (part.kind === "tag" && part.name === "tr") {
        row = part.closes ? null : document.createElement("div");
        if (row) {
          row.className = "mail-row";
          this.indent(row, depth);
          this.box.append(row);
        }
      } else if (part.kind === "flow") {
        const isMiddle = part.word === "else" || part.word === "elif";
        if (part.word.startsWith("end")) depth -= 1;
        else {
          const [name, of] = part.word === "for" ? part.rest.split(/\s+in\s+/) : [];
          if (of) alias.set(name, of);
          this.box.append(this.sign(part, isMiddle ? depth - 1 : depth));
          if (OPENS.has(part.word)) depth += 1;
        }
      } else if (part.kind === "line") {
        const box = this.line(part, alias);
        this.indent(box, row ? 0 : depth);
        (row ?? this.box).append(box);
      }
    }
    return Boolean(this.box.querySelector(".mail-line"));
  }

  indent(element, depth) {
    if (depth > 0) element.dataset.depth = String(Math.min(depth, 3));
  }

  said(part) {
    const words = this.words[part.word];
    if (!words) return `${part.word} ${part.rest}`;
    if (part.word !== "for") return words.replace("%s", () => this.condition(part.rest));
    const of = part.rest.split(/\s+in\s+/)[1] ?? part.rest;
    return words.replace("%s", () => this.words.lists[of] ?? of);
  }

  // Say a condition as people do; names that nobody knows stand as they were written.
  condition(written) {
    const text = written.trim();
    const known = this.words.conditions[text.replaceAll("'", '"').replace(/\s+/g, " ")];
    if (known) return known;
    for (const word of ["or", "and"]) {
      // Words within quotes or brackets are left alone.
      const parts = /["'()]/.test(text) ? [text] : text.split(new RegExp(`\\s+${word}\\s+`));
      if (parts.length > 1) {
        return parts.map((part) => this.condition(part)).reduce((first, next) => this.words[word].replace("%s", () => first).replace("%s", () => next));
      }
    }
    if (/^not\s+[\w.]+$/.test(text)) return this.words.not.replace("%s", () => this.condition(text.slice(4)));
    return /^[\w.]+$/.test(text) ? this.words.there.replace("%s", () => text) : text;
  }

  sign(part, depth) {
    const element = document.createElement("p");
    element.className = "mail-flow";
    element.textContent = this.said(part);
    this.indent(element, depth);
    return element;
  }

  line(part, alias) {
    const box = document.createElement("div");
    box.className = "mail-line";
    box.dataset.tag = part.tag;
    const look = ["number", "muted", "note"].find((name) => new RegExp(`class="[^"]*\\b${name}\\b`).test(part.open));
    if (look) box.dataset.look = look;
    box.setAttribute("role", "textbox");
    box.setAttribute("aria-label", part.tag.startsWith("h") ? this.words.heading : part.tag.startsWith("t") ? this.words.cell : this.words.paragraph);
    box.contentEditable = String(!this.area.matches(":disabled"));
    fill(box, part.inner, (token) => this.chip(token, alias));
    box.held = part;
    return box;
  }

  chip(token, alias = new Map()) {
    const chip = document.createElement("span");
    chip.contentEditable = "false";
    chip.dataset.source = token.raw;
    if (token.kind === "value") {
      chip.className = "mail-value";
      const [head, ...rest] = token.name.split(".");
      const full = alias.has(head) ? [`${alias.get(head)}[0]`, ...rest].join(".") : token.name;
      const sample = this.samples.get(full);
      chip.textContent = sample && sample.length < 28 ? sample : token.name;
      chip.title = token.name;
    } else if (token.kind === "flow") {
      chip.className = "mail-if";
      chip.textContent = token.word.startsWith("end") ? this.words.end : this.said(token);
    } else chip.hidden = true;
    return chip;
  }

  changed(event) {
    const box = event.target.closest(".mail-line");
    if (box) this.write(box);
  }

  write(box) {
    const part = box.held;
    part.own = `${part.open}${writtenLine(box)}${part.close}`;
    this.keep();
  }

  keep() {
    this.area.value = this.parts.map((part) => (part.kind !== "line" ? part.raw : (part.own ?? part.open + part.inner.map((token) => token.raw).join("") + part.close))).join("");
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  key(event) {
    const box = event.target.closest(".mail-line");
    if (!box || event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (event.shiftKey || /^t/.test(box.dataset.tag)) {
        document.execCommand("insertLineBreak");
        box.dataset.broken = "yes";
      } else this.add(box);
    } else if (event.key === "Backspace" && !box.textContent.trim() && !/^t/.test(box.dataset.tag)) {
      event.preventDefault();
      this.remove(box);
    }
  }

  // A new paragraph (or entry of a list) after this line.
  add(box) {
    const tag = box.dataset.tag === "li" ? "li" : "p";
    const at = this.parts.indexOf(box.held) + 1;
    const part = { kind: "line", tag, open: `<${tag}>`, close: `</${tag}>`, inner: [] };
    this.parts.splice(at, 0, { kind: "text", raw: "\n" }, part);
    const fresh = this.line(part);
    if (box.dataset.depth) fresh.dataset.depth = box.dataset.depth;
    box.after(fresh);
    fresh.focus();
    this.write(fresh);
  }

  remove(box) {
    const lines = [...this.box.querySelectorAll(".mail-line")];
    const before = lines[lines.indexOf(box) - 1] ?? lines[lines.indexOf(box) + 1];
    if (!before) return;
    this.parts.splice(this.parts.indexOf(box.held), 1);
    box.remove();
    before.focus();
    const end = document.createRange();
    end.selectNodeContents(before);
    end.collapse(false);
    getSelection().removeAllRanges();
    getSelection().addRange(end);
    this.keep();
  }

  paste(event) {
    event.preventDefault();
    document.execCommand("insertText", false, event.clipboardData.getData("text/plain").replace(/\s*\n\s*/g, " "));
  }

  remember() {
    const range = getSelection().rangeCount ? getSelection().getRangeAt(0) : null;
    if (range && !this.box.hidden && this.box.contains(range.startContainer)) this.range = range.cloneRange();
  }

  // A value from the list goes where the cursor was, as the chip that it will be.
  insert(event) {
    const button = event.target.closest?.("[data-insert]");
    if (!button || button.dataset.into !== this.area.id || this.box.hidden || this.area.disabled) return;
    event.stopPropagation();
    const lines = this.box.querySelectorAll(".mail-line");
    const box = this.last?.isConnected ? this.last : lines[lines.length - 1];
    const name = button.dataset.insert;
    const chip = this.chip({ kind: "value", raw: `{{ ${name} }}`, name });
    box.focus();
    if (this.range && box.contains(this.range.startContainer)) {
      this.range.deleteContents();
      this.range.insertNode(chip);
    } else box.append(chip);
    const after = document.createRange();
    after.setStartAfter(chip);
    getSelection().removeAllRanges();
    getSelection().addRange(after);
    this.write(box);
  }
}

customElements.define("mail-words", MailWords);
