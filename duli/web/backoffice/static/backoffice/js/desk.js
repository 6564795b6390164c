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
  for (const [name, load] of Object.entries(parts)) {
    if (root.querySelector?.(name) && !customElements.get(name)) load();
  }
  if (root.querySelector?.("[data-grid]")) import("./grid.js").then((grid) => grid.start(root));
  if (root.querySelector?.("[data-counts]")) import("./counts.js").then((counts) => counts.start(root));
  if (root.querySelector?.("[data-cells], [data-counts]")) import("./cells.js");
  if (root.querySelector?.("[data-mentions]")) import("./mentions.js").then((mentions) => mentions.start(root));
  if (root.querySelector?.("[data-seo]")) import("./seo.js").then((seo) => seo.start(root));
}

document.documentElement.classList.add("scripted");
start(document);
document.addEventListener("htmx:afterSettle", (event) => start(event.target));
