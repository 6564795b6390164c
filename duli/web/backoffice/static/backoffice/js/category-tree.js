// Categories by dragging: onto another one goes inside it, to its upper or lower edge goes before or after it.
class CategoryTree extends HTMLElement {
  connectedCallback() {
    if (this.started) return;
    this.started = true;
    const row = (event) => event.target.closest("[data-id]");
    this.addEventListener("dragstart", (event) => {
      this.dragged = row(event);
      this.dragged?.classList.add("dragging");
      event.dataTransfer.effectAllowed = "move";
    });
    this.addEventListener("dragover", (event) => {
      const over = row(event);
      if (!this.dragged || !over || over === this.dragged) return;
      event.preventDefault();
      const box = over.getBoundingClientRect();
      const part = (event.clientY - box.top) / box.height;
      this.mark(over, part < 0.25 ? "left" : part > 0.75 ? "right" : "last-child");
    });
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!this.dragged || !this.over) return;
      window.htmx.ajax("POST", this.dragged.dataset.url, {
        values: { target: this.over.dataset.id, position: this.over.dataset.drop },
        target: "#dialog-slot",
        swap: "innerHTML",
      });
    });
    this.addEventListener("dragend", () => {
      this.dragged?.classList.remove("dragging");
      this.mark(null, "");
      this.dragged = null;
    });
  }

  mark(over, place) {
    if (this.over && this.over !== over) delete this.over.dataset.drop;
    this.over = over;
    if (over) over.dataset.drop = place;
  }
}

customElements.define("category-tree", CategoryTree);
