// Pictures: several at once, dropped or chosen, uploaded at once; order by dragging or by the arrows.
class MediaField extends HTMLElement {
  connectedCallback() {
    if (this.grid) return;
    this.grid = this.querySelector(".media-grid");
    this.drop = this.querySelector(".drop");
    this.input = this.drop.querySelector("input[type=file]");
    this.note = this.querySelector("[data-media-note]");
    this.input.addEventListener("change", () => this.upload([...this.input.files]));
    for (const name of ["dragenter", "dragover"]) {
      this.drop.addEventListener(name, (event) => {
        event.preventDefault();
        this.drop.classList.add("over");
      });
    }
    for (const name of ["dragleave", "drop"]) this.drop.addEventListener(name, () => this.drop.classList.remove("over"));
    this.drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.upload([...event.dataTransfer.files]);
    });
    this.addEventListener("click", (event) => this.click(event));
    this.grid.addEventListener("dragstart", (event) => {
      this.dragged = event.target.closest(".media-tile");
      this.dragged?.classList.add("dragging");
    });
    this.grid.addEventListener("dragover", (event) => {
      const over = event.target.closest(".media-tile");
      if (!this.dragged) return;
      event.preventDefault();
      if (over && over !== this.dragged) {
        const box = over.getBoundingClientRect();
        over[event.clientX > box.left + box.width / 2 ? "after" : "before"](this.dragged);
      }
    });
    this.grid.addEventListener("dragend", () => {
      this.dragged?.classList.remove("dragging");
      this.dragged = null;
      this.changed();
    });
    this.querySelectorAll("[data-needs-script]").forEach((part) => (part.hidden = false));
  }

  click(event) {
    const button = event.target.closest("button[data-media]");
    if (!button) return;
    const tile = button.closest(".media-tile");
    if (button.dataset.media === "earlier") tile.previousElementSibling?.before(tile);
    if (button.dataset.media === "later") tile.nextElementSibling?.after(tile);
    if (button.dataset.media === "remove") tile.remove();
    this.changed();
  }

  async upload(files) {
    for (const file of files) {
      const body = new FormData();
      body.append("file", file);
      body.append("csrfmiddlewaretoken", this.querySelector("[name=csrfmiddlewaretoken]")?.value ?? this.closest("form").elements.csrfmiddlewaretoken.value);
      this.note.textContent = `${this.dataset.uploading} ${file.name}`;
      let answer = null;
      try {
        answer = await fetch(this.dataset.url, { method: "POST", body, headers: { "HX-Request": "true" } });
      } catch {
        this.note.textContent = `${file.name}: ${this.dataset.failed}`;
        continue;
      }
      const text = await answer.text();
      if (answer.ok) {
        this.grid.insertAdjacentHTML("beforeend", text);
        this.grid.lastElementChild?.querySelectorAll("[data-needs-script]").forEach((part) => (part.hidden = false));
        this.note.textContent = "";
      } else this.note.textContent = `${file.name}: ${answer.headers.get("content-type")?.startsWith("text/plain") ? text : this.dataset.failed}`;
    }
    this.input.value = "";
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("desk:changed", { bubbles: true }));
  }
}

customElements.define("media-field", MediaField);
