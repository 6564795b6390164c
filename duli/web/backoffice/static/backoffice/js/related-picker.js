// Related products: find, add, put in order. Each is a ticked box; an unticked one is not sent.
class RelatedPicker extends HTMLElement {
  connectedCallback() {
    if (this.list) return;
    this.list = this.querySelector(".related");
    this.querySelectorAll("[data-needs-script]").forEach((part) => (part.hidden = false));
    this.addEventListener("click", (event) => {
      const pick = event.target.closest("[data-pick]");
      if (pick) this.add(pick.dataset.pick, pick.dataset.title);
      const up = event.target.closest("[data-up]");
      if (up) {
        const line = up.closest("li");
        line.previousElementSibling?.before(line);
        up.focus();
        this.changed();
      }
    });
    for (const line of this.list.children) this.dress(line);
  }

  add(id, title) {
    if (this.list.querySelector(`input[value="${CSS.escape(id)}"]`)) return;
    const line = document.createElement("li");
    const label = document.createElement("label");
    label.className = "tick";
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", className: "check", name: "related_ids", value: id, checked: true });
    const name = document.createElement("span");
    name.textContent = title;
    label.append(box, name);
    line.append(label);
    this.dress(line);
    this.list.append(line);
    this.changed();
  }

  dress(line) {
    const up = document.createElement("button");
    up.type = "button";
    up.className = "icon-button";
    up.dataset.up = "";
    up.setAttribute("aria-label", `${this.dataset.earlier}: ${line.textContent.trim()}`);
    up.textContent = "↑";
    line.append(up);
  }

  changed() {
    this.dispatchEvent(new Event("desk:changed", { bubbles: true }));
  }
}

customElements.define("related-picker", RelatedPicker);
