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
    this.addEventListener("input", (event) => event.target.matches("input[type=range]") && this.point(event.target.closest(".media-tile")));
    const link = this.querySelector("#media-link");
    this.querySelector("[data-add-link]")?.addEventListener("click", async () => {
      if (!link.value.trim()) return;
      const address = link.value.trim();
      link.value = "";
      await this.send({ link: address }, address, this.place());
    });
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
    this.querySelectorAll(".media-tile").forEach((tile) => this.point(tile));
  }

  click(event) {
    this.aim(event);
    const button = event.target.closest("button[data-media]");
    if (!button) return;
    const tile = button.closest(".media-tile");
    if (button.dataset.media === "earlier") tile.previousElementSibling?.before(tile);
    if (button.dataset.media === "later") tile.nextElementSibling?.after(tile);
    if (button.dataset.media === "remove") tile.remove();
    this.changed();
  }

  async upload(files) {
    // Two at a time: the pictures appear as they arrive, in the order they were chosen.
    const waiting = files.map((file) => [file, this.place()]);
    const next = async () => {
      for (let entry = waiting.shift(); entry; entry = waiting.shift()) await this.send({ file: entry[0] }, entry[0].name, entry[1]);
    };
    await Promise.all([next(), next()]);
    this.input.value = "";
    this.changed();
  }

  place() {
    const mark = document.createElement("span");
    mark.hidden = true;
    this.grid.append(mark);
    return mark;
  }

  send(fields, name, mark) {
    const body = new FormData();
    for (const [key, value] of Object.entries(fields)) body.append(key, value);
    body.append("csrfmiddlewaretoken", this.closest("form").elements.csrfmiddlewaretoken.value);
    const line = document.createElement("li");
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    line.append(`${this.dataset.uploading} ${name}`, bar);
    this.querySelector("[data-uploads]").append(line);
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      const fail = (text) => {
        bar.remove();
        line.className = "field-error";
        line.textContent = `${name}: ${text}`;
        mark.remove();
        done();
      };
      request.upload.addEventListener("progress", (event) => event.lengthComputable && (bar.value = event.loaded / event.total));
      request.addEventListener("error", () => fail(this.dataset.failed));
      request.addEventListener("load", () => {
        const plain = request.getResponseHeader("content-type")?.startsWith("text/plain");
        if (request.status >= 400) return fail(plain ? request.responseText : this.dataset.failed);
        mark.insertAdjacentHTML("beforebegin", request.responseText);
        const tile = mark.previousElementSibling;
        mark.remove();
        line.remove();
        tile.querySelectorAll("[data-needs-script]").forEach((part) => (part.hidden = false));
        window.htmx.process(tile);
        this.point(tile);
        this.changed();
        done();
      });
      request.open("POST", this.dataset.url);
      request.setRequestHeader("HX-Request", "true");
      request.send(body);
    });
  }

  // The point of a picture that must stay visible: the mark follows the sliders, a click moves both.
  point(tile) {
    const dot = tile.querySelector(".focal-point");
    const [x, y] = ["x", "y"].map((axis) => tile.querySelector(`input[name^="focal-${axis}-"]`));
    if (!dot || !x) return;
    dot.style.left = `${x.value}%`;
    dot.style.top = `${y.value}%`;
  }

  aim(event) {
    const picture = event.target.closest("[data-focal]");
    const tile = picture?.closest(".media-tile");
    if (!tile?.querySelector("details[open]")) return;
    const box = picture.getBoundingClientRect();
    const [x, y] = ["x", "y"].map((axis) => tile.querySelector(`input[name^="focal-${axis}-"]`));
    x.value = Math.round(((event.clientX - box.left) / box.width) * 100);
    y.value = Math.round(((event.clientY - box.top) / box.height) * 100);
    this.point(tile);
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("desk:changed", { bubbles: true }));
  }
}

customElements.define("media-field", MediaField);
