// A list whose rows are put in order by dragging; its buttons "up" and "down" do the same by keyboard and without script.
class SortList extends HTMLElement {
  connectedCallback() {
    if (this.started) return;
    this.started = true;
    this.addEventListener("dragstart", (event) => {
      this.dragged = event.target.closest("[data-sort-item]");
      this.dragged?.classList.add("dragging");
      event.dataTransfer.effectAllowed = "move";
    });
    this.addEventListener("dragover", (event) => {
      if (!this.dragged) return;
      event.preventDefault();
      const over = event.target.closest("[data-sort-item]");
      if (!over || over === this.dragged || over.parentElement !== this.dragged.parentElement) return;
      const box = over.getBoundingClientRect();
      over[event.clientY > box.top + box.height / 2 ? "after" : "before"](this.dragged);
      this.moved = true;
    });
    this.addEventListener("dragend", () => {
      this.dragged?.classList.remove("dragging");
      this.dragged = null;
      if (!this.moved) return;
      this.moved = false;
      if (this.hasAttribute("data-submits")) this.closest("form").requestSubmit();
      else this.dispatchEvent(new Event("desk:changed", { bubbles: true }));
    });
  }
}

customElements.define("sort-list", SortList);
