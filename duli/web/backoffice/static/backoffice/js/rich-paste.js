// What Word, Google Docs and web pages put on the clipboard, as the plain HTML of a description: paragraphs, headings
// from the second level on, lists, tables, links, bold and italic. Everything else is dressing, and is left behind.
const KEPT = new Set(["P", "BR", "UL", "OL", "LI", "H2", "H3", "H4", "A", "TABLE", "THEAD", "TBODY", "TR", "TD", "TH", "IMG", "BLOCKQUOTE", "PRE", "HR", "SUB", "SUP"]);
const RENAMED = { H1: "H2", H5: "H4", H6: "H4", B: "STRONG", I: "EM" };
const BLOCKS = new Set(["P", "UL", "OL", "LI", "H2", "H3", "H4", "TABLE", "THEAD", "TBODY", "TR", "TD", "TH", "BLOCKQUOTE", "PRE", "HR"]);
const BOXES = new Set(["DIV", "SECTION", "ARTICLE", "HEADER", "FOOTER", "MAIN", "ASIDE", "FIGURE", "FIGCAPTION", "DL", "DT", "DD", "CENTER"]);
const GONE = new Set(["SCRIPT", "STYLE", "META", "TITLE", "LINK", "HEAD", "TEMPLATE", "NOSCRIPT", "SVG", "BUTTON", "INPUT", "SELECT", "TEXTAREA"]);
const ADDRESS = /^(https?:|mailto:|tel:|\/)/i;

export function pasted(html) {
  // Styles say what is bold and which line is of a list; as styles the page's policy would report each of them.
  const unstyled = html.replace(/<style[\s\S]*?<\/style>/gi, "").replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/i, " data-style="));
  const parsed = new DOMParser().parseFromString(unstyled, "text/html");
  const into = document.createDocumentFragment();
  walk(parsed.body, into, false);
  for (const paragraph of into.querySelectorAll("p[data-level]")) listed(paragraph);
  for (const paragraph of into.querySelectorAll(":is(li, td, th) > p:only-child")) paragraph.replaceWith(...paragraph.childNodes);
  for (const child of [...into.childNodes]) if (child.nodeName === "BR") child.remove();
  for (const block of into.querySelectorAll("p, h2, h3, h4, li, strong, em")) {
    if (!block.textContent.trim() && !block.querySelector("img, table")) block.remove();
  }
  return into;
}

function walk(node, into, spaced) {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) text(child, into, spaced);
    else if (child.nodeType === Node.ELEMENT_NODE) element(child, into, spaced);
  }
}

function text(node, into, spaced) {
  if (spaced) return into.append(node.textContent);
  // Word breaks its lines in the middle of sentences; a line break of the file means nothing.
  const words = node.textContent.replace(/[ \t\r\n\u00a0]+/g, " ");
  const inBlock = into.nodeType === Node.ELEMENT_NODE && !["UL", "OL", "TABLE", "TBODY", "THEAD", "TR"].includes(into.tagName);
  if (words.trim() || (inBlock && words)) into.append(words);
}

function element(child, into, spaced) {
  const style = child.getAttribute("data-style") ?? "";
  if (GONE.has(child.tagName.toUpperCase()) || /mso-list:\s*ignore|display:\s*none/i.test(style)) return;
  const name = RENAMED[child.tagName] ?? child.tagName;
  if (name === "STRONG" || name === "EM" || name === "SPAN" || name === "FONT" || name === "U") return dressed(child, name, style, into, spaced);
  if (BOXES.has(name)) return boxed(child, into, spaced);
  if (!KEPT.has(name)) return walk(child, into, spaced);
  const copy = document.createElement(name);
  if (name === "A") {
    const address = child.getAttribute("href") ?? "";
    if (!ADDRESS.test(address)) return walk(child, into, spaced);
    copy.setAttribute("href", address);
  }
  if (name === "IMG") {
    const address = child.getAttribute("src") ?? "";
    // A picture of the writer's own disk is nobody else's.
    if (!/^(https?:|\/)/i.test(address)) return;
    copy.setAttribute("src", address);
    copy.setAttribute("alt", child.getAttribute("alt") ?? "");
  }
  for (const span of ["colspan", "rowspan"]) if (/^T[DH]$/.test(name) && Number(child.getAttribute(span)) > 1) copy.setAttribute(span, child.getAttribute(span));
  const level = name === "P" && /mso-list:[^;]*level(\d)/i.exec(style);
  if (level) {
    copy.dataset.level = level[1];
    const mark = child.querySelector('[data-style*="mso-list:Ignore" i], [data-style*="mso-list: Ignore" i]')?.textContent.trim() ?? "";
    copy.dataset.kind = /^\(?[0-9a-z]{1,4}[.)、]/i.test(mark) ? "OL" : "UL";
  }
  walk(child, copy, spaced || name === "PRE");
  into.append(copy);
}

// Bold and italic, whether they are tags or styles; Google Docs wraps everything in a "b" that is not bold.
function dressed(child, name, style, into, spaced) {
  const weight = /font-weight:\s*(\w+)/i.exec(style)?.[1];
  const bold = weight ? weight === "bold" || weight === "bolder" || Number(weight) >= 600 : name === "STRONG";
  const slant = /font-style:\s*(\w+)/i.exec(style)?.[1];
  const italic = slant ? slant !== "normal" : name === "EM";
  const raised = /vertical-align:\s*(super|sub)\b/i.exec(style)?.[1];
  const inHeading = into.closest?.("h2, h3, h4");
  let place = into;
  const within = (tag) => {
    const copy = document.createElement(tag);
    place.append(copy);
    place = copy;
  };
  const holdsBlocks = child.querySelector("p, div, ul, ol, table, h1, h2, h3, h4, h5, h6");
  if (!holdsBlocks) {
    if (bold && !inHeading) within("STRONG");
    if (italic) within("EM");
    if (raised) within(raised === "super" ? "SUP" : "SUB");
  }
  walk(child, place, spaced);
}

// A box of a web page is a paragraph if nothing but words is in it.
function boxed(child, into, spaced) {
  const inner = document.createDocumentFragment();
  const inBlock = into.nodeType === Node.ELEMENT_NODE && BLOCKS.has(into.tagName);
  walk(child, inner, spaced);
  let paragraph = null;
  for (const node of [...inner.childNodes]) {
    if (node.nodeType === Node.ELEMENT_NODE && BLOCKS.has(node.tagName)) {
      into.append(node);
      paragraph = null;
      continue;
    }
    if (!paragraph) {
      if (!node.textContent.trim() && node.tagName !== "IMG") continue;
      if (inBlock && into.tagName !== "BLOCKQUOTE") {
        if (into.hasChildNodes()) into.append(document.createElement("br"));
        paragraph = into;
      } else into.append((paragraph = document.createElement("p")));
    }
    paragraph.append(node);
  }
}

// Word writes lists as paragraphs with a level and a mark of their own.
function listed(paragraph) {
  const { level, kind } = paragraph.dataset;
  const item = document.createElement("li");
  item.append(...paragraph.childNodes);
  let list = paragraph.previousElementSibling;
  if (list?.tagName !== "UL" && list?.tagName !== "OL") list = null;
  if (list && Number(level) > 1) {
    for (let depth = 1; depth < Number(level) && list.lastElementChild; depth += 1) {
      let inner = list.lastElementChild.querySelector(":scope > ul, :scope > ol");
      if (!inner) list.lastElementChild.append((inner = document.createElement(kind)));
      list = inner;
    }
  } else if (!list || list.tagName !== kind) {
    list = document.createElement(kind);
    paragraph.before(list);
  }
  list.append(item);
  paragraph.remove();
}
