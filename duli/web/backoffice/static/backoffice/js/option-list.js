// Options of a product as chips: values with order, swatch and names in other languages. The list writes one field,
// "options", as JSON with the ids of what is stored, so that renaming keeps the variants; each change asks the server
// for the variants that follow from it. Without it, the plain fields inside are used.
const SEPARATOR = /[,，、\n]/;

class OptionList extends HTMLElement {
  connectedCallback() {
    if (this.box) return;
    const data = JSON.parse(this.querySelector("script").textContent);
    this.words = data.words;
    this.languages = data.languages;
    this.options = data.options;
    this.readonly = "readonly" in this.dataset;
    this.field = make("input");
    this.field.type = "hidden";
    this.field.name = "options";
    this.box = make("div", "option-list");
    this.replaceChildren(this.field, this.box);
    this.store();
    this.draw();
    this.dispatchEvent(new Event("desk:ready", { bubbles: true }));
  }

  store() {
    this.field.value = JSON.stringify(this.options);
  }

  changed(redraw = true) {
    this.store();
    if (redraw) this.draw();
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  draw() {
    const focus = document.activeElement?.dataset?.focus;
    this.box.replaceChildren(...this.options.map((option, place) => this.drawOption(option, place)));
    if (!this.readonly && this.options.length < 5) {
      this.box.append(action(this.options.length ? this.words.another : this.words.add, "button small", () => {
        this.options.push({ id: null, name: "", texts: {}, values: [] });
        this.draw();
        this.box.querySelector(`[data-focus="name-${this.options.length - 1}"]`).focus();
      }));
    }
    if (focus) this.box.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
  }

  drawOption(option, place) {
    const row = make("div", "option");
    const name = make("input", "input");
    name.value = option.name;
    name.maxLength = 80;
    name.placeholder = this.words.name;
    name.dataset.focus = `name-${place}`;
    name.disabled = this.readonly;
    name.setAttribute("aria-label", this.words.option);
    name.addEventListener("input", () => {
      option.name = name.value.trim();
      this.store();
    });
    name.addEventListener("change", (event) => {
      event.stopPropagation();
      if (option.values.length) this.changed(false);
    });
    const verbs = make("div", "row option-verbs");
    if (!this.readonly) {
      if (place) verbs.append(this.icon("arrow-up", `${this.words.earlier}: ${option.name}`, () => this.swap(this.options, place, place - 1)));
      verbs.append(this.icon("trash-2", `${this.words.removeOption}: ${option.name}`, () => {
        this.options.splice(place, 1);
        this.changed();
      }));
    }
    row.append(name, this.drawValues(option, place), verbs);
    return row;
  }

  drawValues(option, place) {
    const wrap = make("div", "stack tight");
    const box = make("div", "value-chips");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", `${this.words.values} · ${option.name}`);
    option.values.forEach((value, index) => box.append(this.drawChip(option, value, index)));
    if (!this.readonly) {
      const entry = make("input");
      entry.placeholder = option.values.length ? "" : this.words.value;
      entry.autocomplete = "off";
      entry.dataset.focus = `entry-${place}`;
      entry.setAttribute("aria-label", `${this.words.value} · ${option.name}`);
      const take = () => {
        const fresh = entry.value.split(SEPARATOR).map((text) => text.trim()).filter(Boolean);
        entry.value = "";
        const known = new Set(option.values.map((value) => value.name));
        const added = [...new Set(fresh)].filter((text) => !known.has(text));
        if (!added.length) return;
        option.values.push(...added.map((text) => ({ id: null, name: text, swatch: "", texts: {} })));
        this.changed();
      };
      entry.addEventListener("input", (event) => {
        event.stopPropagation();
        if (SEPARATOR.test(entry.value)) take();
      });
      entry.addEventListener("change", (event) => event.stopPropagation());
      entry.addEventListener("blur", take);
      entry.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !event.isComposing) {
          event.preventDefault();
          take();
        } else if (event.key === "Backspace" && !entry.value && option.values.length) {
          option.values.pop();
          this.changed();
        }
      });
      box.append(entry);
    }
    wrap.append(box);
    if (option.values.length && !this.readonly) wrap.append(this.drawDetails(option, place));
    return wrap;
  }

  drawChip(option, value, index) {
    const chip = make("span", "value-chip");
    chip.draggable = !this.readonly;
    chip.addEventListener("dragstart", () => (this.dragged = { option, index }));
    chip.addEventListener("dragover", (event) => this.dragged?.option === option && event.preventDefault());
    chip.addEventListener("drop", (event) => {
      event.preventDefault();
      if (this.dragged?.option !== option) return;
      const [moved] = option.values.splice(this.dragged.index, 1);
      option.values.splice(index, 0, moved);
      this.dragged = null;
      this.changed();
    });
    if (value.swatch) {
      const dot = make("i", "swatch-dot");
      dot.style.background = value.swatch;
      chip.append(dot);
    }
    chip.append(value.name);
    if (!this.readonly) {
      const remove = action("×", "", () => {
        option.values.splice(index, 1);
        this.changed();
      });
      remove.setAttribute("aria-label", `${this.words.remove} ${value.name}`);
      chip.append(remove);
    }
    return chip;
  }

  drawDetails(option, place) {
    const details = make("details", "disclosure");
    details.open = this.opened === place;
    details.addEventListener("toggle", () => {
      if (details.open) this.opened = place;
      else if (this.opened === place) this.opened = null;
    });
    const summary = make("summary");
    summary.textContent = this.words.details;
    summary.dataset.focus = `details-${place}`;
    const list = make("div", "value-list");
    if (this.languages.length) {
      const line = make("div", "value-line");
      line.append(...this.languages.map(([code, name]) => this.text(option, code, `${this.words.option} · ${name}`, `${place}`)));
      list.append(line);
    }
    option.values.forEach((value, index) => {
      const line = make("div", "value-line");
      const name = make("input", "input");
      name.value = value.name;
      name.maxLength = 120;
      name.dataset.focus = `value-${place}-${index}`;
      name.setAttribute("aria-label", `${this.words.values} · ${value.name}`);
      name.addEventListener("change", (event) => {
        event.stopPropagation();
        const text = name.value.replace(/[,，、]/g, " ").trim();
        if (!text || option.values.some((other) => other !== value && other.name === text)) name.value = value.name;
        else {
          value.name = text;
          this.changed();
        }
      });
      const swatch = make("input", "swatch-input");
      swatch.type = "color";
      swatch.value = value.swatch || "#ffffff";
      swatch.setAttribute("aria-label", `${this.words.swatch} · ${value.name}`);
      swatch.addEventListener("change", (event) => {
        event.stopPropagation();
        value.swatch = swatch.value;
        this.changed();
      });
      line.append(name, swatch);
      if (value.swatch) line.append(this.icon("x", `${this.words.noSwatch}: ${value.name}`, () => {
        value.swatch = "";
        this.changed();
      }));
      line.append(...this.languages.map(([code, language]) => this.text(value, code, `${value.name} · ${language}`, `${place}-${index}`)));
      const move = make("span", "row");
      if (index) move.append(this.icon("arrow-up", `${this.words.earlier}: ${value.name}`, () => this.swap(option.values, index, index - 1), `up-${place}-${index - 1}`));
      if (index < option.values.length - 1) move.append(this.icon("arrow-down", `${this.words.later}: ${value.name}`, () => this.swap(option.values, index, index + 1), `down-${place}-${index + 1}`));
      line.append(move);
      list.append(line);
    });
    details.append(summary, list);
    return details;
  }

  text(thing, code, label, key) {
    const input = make("input", "input");
    input.value = thing.texts[code] ?? "";
    input.maxLength = 120;
    input.lang = code;
    input.placeholder = label;
    input.dataset.focus = `text-${key}-${code}`;
    input.setAttribute("aria-label", label);
    input.addEventListener("input", () => {
      thing.texts[code] = input.value.trim();
      this.store();
    });
    input.addEventListener("change", (event) => event.stopPropagation());
    return input;
  }

  icon(name, label, act, focus) {
    const made = action("", "icon-button", () => act());
    made.setAttribute("aria-label", label);
    if (focus) made.dataset.focus = focus;
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon small");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${sprite()}#${name}`);
    svg.append(use);
    made.append(svg);
    return made;
  }

  swap(list, from, to) {
    const [moved] = list.splice(from, 1);
    list.splice(to, 0, moved);
    this.changed();
  }
}

function sprite() {
  return document.querySelector("use[href*='icons']").getAttribute("href").split("#")[0];
}

function make(name, classes = "") {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  return made;
}

function action(text, classes, act) {
  const made = make("button", classes);
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

customElements.define("option-list", OptionList);
