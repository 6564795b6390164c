// Goods by what they are: what is found is added as a ticked box; an unticked one is not sent.
class FacetPicker extends HTMLElement {
  connectedCallback() {
    if (this.list) return;
    this.list = this.querySelector("[data-chosen]");
    this.entry = this.querySelector("input[type=search]");
    this.addEventListener("click", (event) => {
      const pick = event.target.closest("[data-facet]");
      if (pick) this.add(pick.dataset);
    });
    // With JavaScript things are picked; Enter takes the first that was found.
    this.entry.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      this.querySelector("[data-facet]")?.click();
    });
  }

  add({ facet, kind, title }) {
    this.entry.value = "";
    this.querySelector(".picker-found")?.replaceChildren();
    this.entry.focus();
    if (this.list.querySelector(`input[value="${CSS.escape(facet)}"]`)) return;
    const line = document.createElement("li");
    const label = document.createElement("label");
    label.className = "tick";
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", className: "check", name: this.dataset.name, value: facet, checked: true });
    const name = document.createElement("span");
    const small = document.createElement("small");
    small.textContent = kind;
    name.append(`${title} `, small);
    label.append(box, name);
    line.append(label);
    this.list.append(line);
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

customElements.define("facet-picker", FacetPicker);
