// Rows that are added and removed: with a button instead of the empty ones that stand there without JavaScript.
class StepRows extends HTMLElement {
  connectedCallback() {
    if (this.pattern) return;
    const rows = this.rows();
    this.pattern = rows.at(-1).cloneNode(true);
    for (const row of rows) if (isEmpty(row)) row.remove();
    this.adder = this.querySelector("[data-add]");
    for (const button of [this.adder, ...this.querySelectorAll("[data-remove]")]) button.hidden = false;
    this.pattern.querySelector("[data-remove]").hidden = false;
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button?.matches("[data-add]")) this.add();
      if (button?.matches("[data-remove]")) this.drop(button.closest("[data-step]"));
    });
    this.addEventListener("keydown", (event) => {
      // Enter goes on to the next row; the form has a button of its own.
      if (event.key !== "Enter" || event.isComposing || !event.target.matches("input")) return;
      event.preventDefault();
      const row = event.target.closest("[data-step]");
      const next = row.nextElementSibling;
      if (next?.matches("[data-step]")) next.querySelector("input").focus();
      else if (!isEmpty(row)) this.add();
    });
    this.show();
  }

  rows() {
    return [...this.querySelectorAll("[data-step]")];
  }

  add() {
    const row = this.pattern.cloneNode(true);
    this.adder.before(row);
    this.show();
    row.querySelector("input").focus();
  }

  drop(row) {
    const near = row.nextElementSibling?.matches("[data-step]") ? row.nextElementSibling : row.previousElementSibling;
    row.remove();
    this.show();
    (near?.querySelector("[data-remove]") ?? this.adder).focus();
    this.dispatchEvent(new Event("input", { bubbles: true }));
  }

  show() {
    // Without rows there is nothing to head; an empty pair still says that the list is empty now.
    const none = !this.rows().length;
    this.firstElementChild.hidden = none;
    this.emptied?.remove();
    if (!none) return;
    this.emptied = this.pattern.querySelector("input").cloneNode();
    this.emptied.type = "hidden";
    this.append(this.emptied);
  }
}

function isEmpty(row) {
  return [...row.querySelectorAll("input")].every((input) => !input.value.trim());
}

customElements.define("step-rows", StepRows);
