// The back office works without this file; it adds dialogs, the palette, keys, and live forms.
import "./dialogs.js";
import "./palette.js";
import "./lists.js";
import "./menus.js";
import "./toasts.js";
import "./bell.js";
import { watchForms } from "./forms.js";

const parts = {
  "rich-text": () => import("./rich-text.js"),
  "value-chips": () => import("./value-chips.js"),
  "mail-words": () => import("./mail-words.js"),
  "media-field": () => import("./media-field.js"),
  "passkey-button": () => import("./passkey.js"),
  "sort-list": () => import("./sort-list.js"),
  "category-tree": () => import("./category-tree.js"),
  "sheet-grid": () => import("./sheet.js"),
  "facet-picker": () => import("./facet-picker.js"),
  "goods-rows": () => import("./goods-rows.js"),
  "goods-lines": () => import("./goods-lines.js"),
  "related-picker": () => import("./related-picker.js"),
  "add-to": () => import("./add-to.js"),
  "step-rows": () => import("./step-rows.js"),
  "option-list": () => import("./option-list.js"),
};

function start(root) {
  watchForms(root);
  const loads = Object.entries(parts)
    .filter(([name]) => root.querySelector?.(name) && !customElements.get(name))
    .map(([, load]) => load());
  if (root.querySelector?.("[data-grid]")) loads.push(import("./grid.js").then((grid) => grid.start(root)));
  if (root.querySelector?.("[data-counts]")) loads.push(import("./counts.js").then((counts) => counts.start(root)));
  if (root.querySelector?.("[data-cells], [data-counts]")) loads.push(import("./cells.js"));
  if (root.querySelector?.("[data-mentions]")) loads.push(import("./mentions.js").then((mentions) => mentions.start(root)));
  if (root.querySelector?.("[data-writing]")) loads.push(import("./writing.js").then((writing) => writing.start(root)));
  if (root.querySelector?.("[data-seo]")) loads.push(import("./seo.js").then((seo) => seo.start(root)));
  return Promise.all(loads);
}

document.documentElement.classList.add("scripted");
// Until then keys and clicks do what the browser does by itself.
start(document).finally(() => delete document.documentElement.dataset.starting);
document.addEventListener("htmx:afterSettle", (event) => start(event.target));
