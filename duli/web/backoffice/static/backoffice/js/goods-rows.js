// Rows of goods: what is searched and picked gets a row of its own. Without JavaScript, SKUs are typed into empty rows.
class GoodsRows extends HTMLElement {
  connectedCallback() {
    if (this.search) return;
    this.search = this.querySelector("input[type=search]");
    this.querySelector("[data-needs-script]").hidden = false;
    for (const row of this.rows()) {
      this.dress(row);
      row.hidden = isEmpty(row);
    }
    this.addEventListener("click", (event) => {
      const pick = event.target.closest("[data-sku]");
      if (pick) this.pick(pick.dataset);
      const remove = event.target.closest("[data-remove-row]");
      if (remove) this.drop(remove.closest("[data-goods-row]"));
    });
    // Enter takes the first that was found; the form has a button of its own.
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      this.querySelector("[data-sku]")?.click();
    });
  }

  rows() {
    return [...this.querySelectorAll("[data-goods-row]")];
  }

  dress(row) {
    const remove = document.createElement("button");
    Object.assign(remove, { type: "button", className: "button small plain", textContent: this.dataset.remove });
    remove.dataset.removeRow = "";
    row.append(remove);
  }

  pick({ sku, title }) {
    const same = this.rows().find((row) => skuOf(row).value.trim() === sku);
    const row = same ?? this.rows().find(isEmpty) ?? this.another();
    if (!same) {
      skuOf(row).value = sku;
      row.querySelector("legend").textContent = title.trim();
    }
    row.hidden = false;
    this.search.value = "";
    this.querySelector(".picker-found")?.replaceChildren();
    // The rows stand in the order of their picking.
    if (!same) this.rows().at(-1).after(row);
    row.querySelectorAll("input")[1].focus();
    row.dispatchEvent(new Event("input", { bubbles: true }));
  }

  drop(row) {
    for (const input of row.querySelectorAll("input")) input.value = "";
    row.hidden = true;
    row.dispatchEvent(new Event("input", { bubbles: true }));
    this.search.focus();
  }

  // The next number: the server reads as many rows as are numbered without a gap.
  another() {
    const last = this.rows().reduce((one, other) => (numberOf(one) > numberOf(other) ? one : other));
    const row = last.cloneNode(true);
    const [from, to] = [numberOf(last), numberOf(last) + 1];
    for (const part of row.querySelectorAll("*")) {
      for (const name of ["id", "name", "for", "aria-describedby"]) {
        const value = part.getAttribute(name);
        if (value) part.setAttribute(name, value.replaceAll(new RegExp(`_${from}(?=_|$|\\b)`, "g"), `_${to}`));
      }
    }
    for (const input of row.querySelectorAll("input")) input.value = "";
    row.querySelectorAll(".field-error").forEach((words) => words.remove());
    this.rows().at(-1).after(row);
    return row;
  }
}

function skuOf(row) {
  return row.querySelector('input[name^="sku_"]');
}

function numberOf(row) {
  return Number(skuOf(row).name.split("_")[1]);
}

function isEmpty(row) {
  return !skuOf(row).value.trim() && !row.querySelector("[aria-invalid=true]");
}

customElements.define("goods-rows", GoodsRows);
