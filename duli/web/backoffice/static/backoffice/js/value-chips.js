// Turns a text field of values, separated by commas, into chips. The field stays the truth and is what is sent.
const SEPARATOR = /[,，、\n]/;

class ValueChips extends HTMLElement {
  connectedCallback() {
    if (this.box) return;
    this.source = this.querySelector("input, textarea");
    this.box = document.createElement("div");
    this.box.className = "value-chips";
    this.entry = document.createElement("input");
    this.entry.setAttribute("aria-label", this.dataset.label);
    this.entry.autocomplete = "off";
    const suggestions = this.source.getAttribute("list");
    if (suggestions) this.entry.setAttribute("list", suggestions);
    this.source.hidden = true;
    this.source.after(this.box);
    this.values = this.source.value.split(SEPARATOR).map((text) => text.trim()).filter(Boolean);
    this.entry.addEventListener("keydown", (event) => this.key(event));
    this.entry.addEventListener("input", () => {
      if (SEPARATOR.test(this.entry.value)) this.take();
    });
    this.entry.addEventListener("blur", () => this.take());
    this.box.addEventListener("click", (event) => {
      if (event.target === this.box) this.entry.focus();
    });
    this.draw();
  }

  key(event) {
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      this.take();
    } else if (event.key === "Backspace" && !this.entry.value && this.values.length) {
      this.values.pop();
      this.changed();
    }
  }

  take() {
    const fresh = this.entry.value.split(SEPARATOR).map((text) => text.trim()).filter(Boolean);
    this.entry.value = "";
    const added = fresh.filter((text) => !this.values.includes(text));
    if (!added.length) return;
    this.values.push(...added);
    this.changed();
  }

  changed() {
    this.draw();
    this.source.value = this.values.join(", ");
    this.source.dispatchEvent(new Event("input", { bubbles: true }));
    this.source.dispatchEvent(new Event("change", { bubbles: true }));
  }

  draw() {
    const focused = document.activeElement === this.entry;
    // Beside chips there is no room for the hint, and who made one knows how.
    this.entry.placeholder = this.values.length ? "" : this.source.placeholder;
    this.box.replaceChildren(
      ...this.values.map((text, index) => {
        const chip = document.createElement("span");
        chip.className = "value-chip";
        const button = document.createElement("button");
        button.type = "button";
        button.setAttribute("aria-label", `${this.dataset.remove} ${text}`);
        button.textContent = "×";
        button.addEventListener("click", () => {
          this.values.splice(index, 1);
          this.changed();
          this.entry.focus();
        });
        chip.append(text, button);
        return chip;
      }),
      this.entry,
    );
    if (focused) this.entry.focus();
  }
}

customElements.define("value-chips", ValueChips);
