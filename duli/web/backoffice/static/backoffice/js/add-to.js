// Beside a field that takes several things: search one, pick it, and it is written into the field.
class AddTo extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input[list]");
    const target = document.getElementById(this.dataset.for);
    if (!input || !target) return;
    this.hidden = false;
    // A browser that picks from the list says so, or names no kind of typing at all.
    input.addEventListener("input", (event) => {
      if (!event.inputType || event.inputType === "insertReplacementText") this.add(input, target);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.add(input, target);
    });
  }

  add(input, target) {
    const typed = input.value.trim().toLowerCase();
    const found = typed && [...input.list.options].find((option) => [option.value, option.label].some((words) => words.toLowerCase() === typed));
    if (!found) return;
    const there = target.value.split(/[\n,，、]/).map((words) => words.trim()).filter(Boolean);
    if (!there.includes(found.value)) there.push(found.value);
    target.value = there.join(target.matches("textarea") ? "\n" : ", ");
    target.dispatchEvent(new Event("input", { bubbles: true }));
    this.querySelector("[aria-live]").textContent = found.label || found.value;
    input.value = "";
  }
}
customElements.define("add-to", AddTo);
