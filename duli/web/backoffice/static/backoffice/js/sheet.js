// A sheet of cells, edited like a spreadsheet: <sheet-grid> as kit/sheet.html writes it, from a Sheet of kit/sheet.py.
//
// Only the rows in sight are in the page, so a thousand rows cost what thirty do. Select with the mouse, by the arrow
// keys with Shift, or a whole column by its heading; type to replace, Enter or F2 to edit, Delete to empty, Ctrl+C and
// Ctrl+V to exchange cells with Excel, Ctrl+D to fill down, Ctrl+Z and Ctrl+Y to take back and forth. The hidden field
// gets the changed cells alone: {"cells": {row: {column: [new, old]}}, "fresh": [rows that are not stored yet]}. Each
// change fires "desk:changed" on the element.
const ROW = 38;
const AROUND = 8;
const VALID = { amount: /^[\d,，. ]*$/, count: /^\d*$/ };

class SheetGrid extends HTMLElement {
  connectedCallback() {
    if (this.scroller) return;
    const data = JSON.parse(this.querySelector("script").textContent);
    this.columns = data.columns;
    this.words = data.words;
    this.field = this.querySelector("input[type=hidden]");
    this.rows = data.rows.map(([key, title, cells, changed, errors, note, locked, fresh]) => ({
      key, title, was: cells, now: this.columns.map((column, place) => changed[column.key] ?? cells[place]), errors, note, fresh,
      locked: new Set(locked),
    }));
    this.shown = this.rows;
    this.past = [];
    this.future = [];
    this.at = { r: 0, c: 0 };
    this.to = { r: 0, c: 0 };
    this.build();
    this.store();
    this.tell();
    this.dispatchEvent(new Event("desk:ready", { bubbles: true }));
  }

  build() {
    const bar = element("div", "sheet-bar");
    this.count = element("span", "sheet-count");
    this.count.setAttribute("role", "status");
    bar.append(this.count);
    if (this.rows.length > 20) {
      const find = element("input", "input");
      find.type = "search";
      find.placeholder = this.words.filter;
      find.setAttribute("aria-label", this.words.filter);
      find.dataset.plain = "";
      find.addEventListener("input", (event) => {
        event.stopPropagation();
        this.find(find.value);
      });
      bar.append(find);
    }
    if (this.columns.some((column) => !column.readonly)) {
      this.entry = element("input", "input");
      this.entry.placeholder = this.words.entry;
      this.entry.setAttribute("aria-label", this.words.value);
      this.entry.addEventListener("input", (event) => event.stopPropagation());
      this.entry.addEventListener("keydown", (event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          this.put(this.entry.value);
        }
      });
      bar.append(this.entry, button(this.words.set, () => this.put(this.entry.value)), button(this.words.fill, () => this.fill()));
      this.back = button(this.words.undo, () => this.undo());
      bar.append(this.back);
    }
    this.scroller = element("div", "sheet-scroll");
    this.table = element("table", "sheet-table");
    this.table.setAttribute("role", "grid");
    this.table.setAttribute("aria-label", this.words.label);
    this.table.setAttribute("aria-multiselectable", "true");
    this.table.setAttribute("aria-colcount", this.columns.length + 1);
    this.table.tabIndex = 0;
    const group = document.createElement("colgroup");
    for (const width of [this.titleWidth(), ...this.columns.map((column) => column.width)]) {
      const column = document.createElement("col");
      column.style.width = `${width}px`;
      group.append(column);
    }
    const head = document.createElement("tr");
    head.append(heading(this.words.first));
    this.columns.forEach((column, place) => {
      const cell = heading(column.label);
      cell.className = column.kind;
      cell.dataset.c = place;
      cell.title = this.words.all;
      head.append(cell);
    });
    const thead = document.createElement("thead");
    thead.append(head);
    this.body = document.createElement("tbody");
    this.table.append(group, thead, this.body);
    this.scroller.append(this.table);
    this.note = element("p", "sheet-note");
    this.note.setAttribute("role", "status");
    this.note.textContent = this.words.hint;
    this.append(bar, this.scroller, this.note);
    this.scroller.addEventListener("scroll", () => this.later(), { passive: true });
    this.table.addEventListener("keydown", (event) => this.key(event));
    this.table.addEventListener("focus", () => this.mark());
    this.table.addEventListener("blur", () => this.mark());
    this.table.addEventListener("mousedown", (event) => this.press(event));
    this.table.addEventListener("mouseover", (event) => this.drag(event));
    this.table.addEventListener("dblclick", (event) => event.target.closest("td[data-c]") && this.edit());
    this.table.addEventListener("click", (event) => this.tap(event));
    this.table.addEventListener("copy", (event) => this.copy(event));
    this.table.addEventListener("cut", (event) => this.copy(event) && this.put(""));
    this.table.addEventListener("paste", (event) => this.paste(event));
    document.addEventListener("mouseup", () => (this.dragging = false));
    new ResizeObserver(() => this.later()).observe(this.scroller);
    this.draw();
  }

  titleWidth() {
    const longest = Math.max(8, ...this.rows.map((row) => width(row.title)));
    return Math.min(window.innerWidth < 760 ? 130 : 280, longest * 8 + 40);
  }

  later() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  // ------------------------------------------------------------------ what is in sight

  draw() {
    if (this.editor) return;
    const height = this.scroller.clientHeight || 560;
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / ROW) - AROUND);
    const last = Math.min(this.shown.length, first + Math.ceil(height / ROW) + 2 * AROUND);
    this.table.setAttribute("aria-rowcount", this.shown.length + 1);
    const rows = [];
    for (let place = first; place < last; place++) rows.push(this.drawRow(place));
    this.body.replaceChildren(space(first * ROW, this.columns.length + 1), ...rows, space((this.shown.length - last) * ROW, this.columns.length + 1));
    this.first = first;
    this.mark();
  }

  drawRow(place) {
    const row = this.shown[place];
    const line = document.createElement("tr");
    line.setAttribute("aria-rowindex", place + 2);
    const off = this.columns.findIndex((column) => column.kind === "off");
    line.className = [row.fresh && "fresh", off >= 0 && row.now[off] && "left-out"].filter(Boolean).join(" ");
    const title = document.createElement("th");
    title.scope = "row";
    title.append(element("span", "sheet-title"));
    title.firstChild.textContent = row.title;
    title.title = row.note ? `${row.title} · ${row.note}` : row.title;
    line.append(title);
    this.columns.forEach((column, c) => {
      const cell = document.createElement("td");
      cell.setAttribute("role", "gridcell");
      cell.dataset.r = place;
      cell.dataset.c = c;
      cell.id = `${this.dataset.name}-${place}-${c}`;
      this.paint(cell, row, column, c);
      line.append(cell);
    });
    return line;
  }

  paint(cell, row, column, c) {
    const value = row.now[c];
    const problem = this.problem(row, column, c);
    cell.className = [column.kind, this.locked(row, c) && "locked", value !== row.was[c] && "changed", problem && "wrong"].filter(Boolean).join(" ");
    if (this.locked(row, c)) cell.setAttribute("aria-readonly", "true");
    if (problem) cell.setAttribute("aria-invalid", "true");
    else cell.removeAttribute("aria-invalid");
    cell.title = problem || "";
    cell.replaceChildren(...this.content(column, value));
  }

  content(column, value) {
    if (column.kind === "off") return [value ? "✓" : ""];
    if (column.kind === "choice") return [column.choices.find(([key]) => key === value)?.[1] ?? value];
    if (column.kind === "image") {
      const tile = value && this.picture(value);
      if (!tile) return [value ? `#${value}` : ""];
      const image = element("img", "sheet-swatch");
      image.src = tile.src;
      image.alt = tile.alt || `#${value}`;
      return [image];
    }
    return [value];
  }

  picture(id) {
    return this.closest("form")?.querySelector(`.media-tile:has(input[name=media][value="${CSS.escape(id)}"]) img`);
  }

  problem(row, column, c) {
    const value = row.now[c];
    if (VALID[column.kind] && !VALID[column.kind].test(value)) return this.words.wrong[column.kind];
    return row.errors[column.key] && (row.at === undefined || row.at[c] === value) ? row.errors[column.key] : "";
  }

  locked(row, c) {
    return this.columns[c].readonly || row.locked.has(this.columns[c].key);
  }

  range() {
    return {
      top: Math.min(this.at.r, this.to.r), bottom: Math.max(this.at.r, this.to.r),
      left: Math.min(this.at.c, this.to.c), right: Math.max(this.at.c, this.to.c),
    };
  }

  mark() {
    const { top, bottom, left, right } = this.range();
    const focused = document.activeElement === this.table;
    const many = top !== bottom || left !== right;
    for (const cell of this.body.querySelectorAll("td[data-c]")) {
      const r = +cell.dataset.r;
      const c = +cell.dataset.c;
      const inside = r >= top && r <= bottom && c >= left && c <= right;
      cell.classList.toggle("picked", inside && many);
      cell.classList.toggle("active", focused && r === this.to.r && c === this.to.c);
      cell.setAttribute("aria-selected", inside);
    }
    // The end of a selected column may be out of sight, and then it is not in the page either.
    const active = this.cell();
    if (active) this.table.setAttribute("aria-activedescendant", active.id);
    else this.table.removeAttribute("aria-activedescendant");
    this.tell();
  }

  tell() {
    const { top, bottom, left, right } = this.range();
    const selected = (bottom - top + 1) * (right - left + 1);
    const parts = [];
    if (selected > 1) parts.push(this.words.selected.replace("%s", selected));
    if (this.total) parts.push(this.words.changed[this.total === 1 ? 0 : 1].replace("%s", this.total));
    const text = parts.join(" · ");
    if (this.count.textContent !== text) this.count.textContent = text;
    if (this.back) this.back.disabled = !this.past.length;
    const row = this.shown[this.to.r];
    const problem = row && this.problem(row, this.columns[this.to.c], this.to.c);
    this.note.textContent = problem || this.words.hint;
    this.note.classList.toggle("critical", Boolean(problem));
  }

  find(text) {
    const wanted = text.trim().toLowerCase();
    this.shown = wanted ? this.rows.filter((row) => row.title.toLowerCase().includes(wanted) || row.now.some((value) => value.toLowerCase().includes(wanted))) : this.rows;
    this.at = { r: 0, c: this.to.c };
    this.to = { r: 0, c: this.to.c };
    this.scroller.scrollTop = 0;
    this.draw();
  }

  // ------------------------------------------------------------------ by mouse and finger

  press(event) {
    if (event.target.closest(".editing")) return;
    const head = event.target.closest("th[data-c]");
    const cell = event.target.closest("td[data-c]");
    if (!head && !cell) return;
    event.preventDefault();
    this.commit();
    this.table.focus({ preventScroll: true });
    if (head) {
      this.at = { r: 0, c: +head.dataset.c };
      this.to = { r: this.shown.length - 1, c: +head.dataset.c };
    } else {
      this.to = { r: +cell.dataset.r, c: +cell.dataset.c };
      if (!event.shiftKey) this.at = { ...this.to };
      this.dragging = true;
    }
    this.mark();
  }

  drag(event) {
    const cell = event.target.closest("td[data-c]");
    if (!this.dragging || !cell || this.editor) return;
    this.to = { r: +cell.dataset.r, c: +cell.dataset.c };
    this.mark();
  }

  tap(event) {
    const cell = event.target.closest("td[data-c]");
    if (!cell || cell.matches(".editing")) return;
    if (this.columns[+cell.dataset.c].kind === "off") this.toggle();
    else if (matchMedia("(pointer: coarse)").matches) this.edit();
  }

  // ------------------------------------------------------------------ by keyboard

  key(event) {
    if (this.editor) return;
    const command = event.ctrlKey || event.metaKey;
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-12, 0], PageDown: [12, 0] };
    if (steps[event.key]) {
      const far = command ? 1e6 : 1;
      this.move(steps[event.key][0] * far, steps[event.key][1] * far, event.shiftKey);
    } else if (event.key === "Home" || event.key === "End") this.move(command ? (event.key === "Home" ? -1e6 : 1e6) : 0, event.key === "Home" ? -1e6 : 1e6, event.shiftKey);
    else if (event.key === "Enter" || event.key === "F2") this.columns[this.to.c].kind === "off" ? this.toggle() : this.edit();
    else if (event.key === " " && this.columns[this.to.c].kind === "off") this.toggle();
    else if (event.key === "Delete" || event.key === "Backspace") this.put("");
    else if (command && event.key.toLowerCase() === "d") this.fill();
    else if (command && event.key.toLowerCase() === "z") event.shiftKey ? this.redo() : this.undo();
    else if (command && event.key.toLowerCase() === "y") this.redo();
    else if (command && event.key.toLowerCase() === "a") {
      this.at = { r: 0, c: 0 };
      this.to = { r: this.shown.length - 1, c: this.columns.length - 1 };
      this.mark();
    } else if (!command && !event.altKey && event.key.length === 1) this.edit(event.key === "Process" ? "" : event.key);
    else return;
    event.preventDefault();
  }

  move(rows, columns, extend) {
    const clamp = (value, most) => Math.max(0, Math.min(value, most));
    this.to = { r: clamp(this.to.r + rows, this.shown.length - 1), c: clamp(this.to.c + columns, this.columns.length - 1) };
    if (!extend) this.at = { ...this.to };
    this.reveal();
    this.mark();
  }

  reveal() {
    const top = this.to.r * ROW;
    const view = this.scroller;
    const room = view.clientHeight - ROW;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + ROW > view.scrollTop + room) view.scrollTop = top + ROW - room + 1;
    this.draw();
    const cell = this.cell();
    if (!cell) return;
    const title = this.table.querySelector("thead th").offsetWidth;
    if (cell.offsetLeft < view.scrollLeft + title) view.scrollLeft = cell.offsetLeft - title;
    else if (cell.offsetLeft + cell.offsetWidth > view.scrollLeft + view.clientWidth) view.scrollLeft = cell.offsetLeft + cell.offsetWidth - view.clientWidth;
  }

  cell() {
    return this.body.querySelector(`td[data-r="${this.to.r}"][data-c="${this.to.c}"]`);
  }

  edit(start) {
    const row = this.shown[this.to.r];
    const column = this.columns[this.to.c];
    if (!row || column.kind === "off" || this.locked(row, this.to.c)) return;
    this.reveal();
    const cell = this.cell();
    const pick = column.kind === "choice" || column.kind === "image";
    const input = element(pick ? "select" : "input", "input");
    if (pick) {
      const choices = column.kind === "image" ? this.pictures() : column.choices;
      input.append(...choices.map(([value, text]) => new Option(text, value, false, value === row.now[this.to.c])));
      input.addEventListener("change", () => this.commit());
    } else {
      input.value = start ?? row.now[this.to.c];
      input.inputMode = { amount: "decimal", count: "numeric" }[column.kind] ?? "text";
      input.autocomplete = "off";
    }
    input.setAttribute("aria-label", `${column.label} · ${row.title}`);
    input.addEventListener("input", (event) => event.stopPropagation());
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.isComposing) return;
      const steps = { Enter: [event.shiftKey ? -1 : 1, 0], Tab: [0, event.shiftKey ? -1 : 1] };
      if (event.key === "Escape") this.commit(false);
      else if (steps[event.key]) {
        if (!this.commit()) return;
        this.move(...steps[event.key]);
      } else return;
      event.preventDefault();
    });
    input.addEventListener("blur", () => this.editor === input && this.commit(true, false));
    this.editor = input;
    cell.classList.add("editing");
    cell.replaceChildren(input);
    input.focus();
    if (start === undefined && !pick) input.select();
  }

  pictures() {
    const tiles = [...(this.closest("form")?.querySelectorAll(".media-tile") ?? [])];
    return [["", this.words.none], ...tiles.map((tile, place) => [tile.querySelector("input[name=media]").value, `${place + 1} ${tile.querySelector("img")?.alt ?? ""}`])];
  }

  commit(keep = true, focus = true) {
    const input = this.editor;
    if (!input) return true;
    this.editor = null;
    if (keep) this.write([[this.shown[this.to.r], this.to.c, input.value.trim()]]);
    this.draw();
    if (focus) this.table.focus({ preventScroll: true });
    return true;
  }

  // ------------------------------------------------------------------ changing cells

  write(changes, remember = true) {
    const before = [];
    for (const [row, c, value] of changes) {
      if (this.locked(row, c) || row.now[c] === value) continue;
      before.push([row, c, row.now[c], value]);
      row.at ??= [...row.now];
      row.now[c] = value;
    }
    if (!before.length) return;
    if (remember) {
      this.past.push(before);
      this.future = [];
    }
    this.store();
    this.draw();
    this.dispatchEvent(new Event("desk:changed", { bubbles: true }));
  }

  undo() {
    const last = this.past.pop();
    if (!last) return;
    this.write(last.map(([row, c, old]) => [row, c, old]), false);
    this.future.push(last);
    this.tell();
  }

  redo() {
    const next = this.future.pop();
    if (!next) return;
    this.write(next.map(([row, c, , value]) => [row, c, value]), false);
    this.past.push(next);
    this.tell();
  }

  *cells() {
    const { top, bottom, left, right } = this.range();
    for (let r = top; r <= bottom; r++) for (let c = left; c <= right; c++) if (this.shown[r]) yield [this.shown[r], c, r];
  }

  put(value) {
    this.write([...this.cells()].map(([row, c]) => [row, c, this.columns[c].kind === "off" ? "" : this.meant(this.columns[c], value)]));
  }

  meant(column, text) {
    if (column.kind !== "choice") return text;
    const wanted = text.trim().toLowerCase();
    return column.choices.find(([key, label]) => key.toLowerCase() === wanted || label.toLowerCase() === wanted)?.[0] ?? text;
  }

  fill() {
    const { top, bottom } = this.range();
    const source = this.shown[top];
    if (top === bottom) {
      // A single cell is filled down to the end.
      this.to = { r: this.shown.length - 1, c: this.to.c };
    }
    this.write([...this.cells()].filter(([, , r]) => r !== top).map(([row, c]) => [row, c, source.now[c]]));
    this.mark();
  }

  toggle() {
    const row = this.shown[this.to.r];
    const value = row.now[this.to.c] ? "" : "1";
    this.write([...this.cells()].filter(([, c]) => this.columns[c].kind === "off").map(([each, c]) => [each, c, value]));
  }

  copy(event) {
    if (this.editor) return false;
    const { left, right, top, bottom } = this.range();
    const lines = [];
    for (let r = top; r <= bottom; r++) lines.push(this.shown[r].now.slice(left, right + 1).join("\t"));
    event.clipboardData.setData("text/plain", lines.join("\n"));
    event.preventDefault();
    return true;
  }

  paste(event) {
    if (this.editor) return;
    event.preventDefault();
    const text = (event.clipboardData?.getData("text/plain") ?? "").replace(/\r/g, "").replace(/\n$/, "");
    const table = text.split("\n").map((line) => line.split("\t"));
    const { top, left, bottom, right } = this.range();
    if (table.length === 1 && table[0].length === 1) return this.put(table[0][0].trim());
    // A block of cells is repeated over a selection that is a multiple of it, as spreadsheets do.
    const high = Math.max(table.length, bottom - top + 1 - ((bottom - top + 1) % table.length));
    const wide = Math.max(table[0].length, right - left + 1 - ((right - left + 1) % table[0].length));
    const changes = [];
    for (let r = 0; r < high; r++) {
      const row = this.shown[top + r];
      const line = table[r % table.length];
      for (let c = 0; row && c < wide; c++) {
        const value = line[c % line.length];
        if (this.columns[left + c] && value !== undefined) changes.push([row, left + c, this.meant(this.columns[left + c], value.trim())]);
      }
    }
    this.write(changes);
    this.at = { r: top, c: left };
    this.to = { r: Math.min(top + high, this.shown.length) - 1, c: Math.min(left + wide, this.columns.length) - 1 };
    this.mark();
  }

  store() {
    const cells = {};
    this.total = 0;
    for (const row of this.rows) {
      row.now.forEach((value, c) => {
        if (value === row.was[c]) return;
        (cells[row.key] ??= {})[this.columns[c].key] = [value, row.was[c]];
        this.total++;
      });
    }
    this.field.value = JSON.stringify({ cells, fresh: this.rows.filter((row) => row.fresh).map((row) => row.key) });
  }
}

function element(name, classes) {
  const made = document.createElement(name);
  made.className = classes;
  return made;
}

function button(text, act) {
  const made = element("button", "button small");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function heading(text) {
  const cell = document.createElement("th");
  cell.scope = "col";
  cell.textContent = text;
  return cell;
}

function space(height, columns) {
  const row = element("tr", "space");
  row.setAttribute("role", "presentation");
  const cell = document.createElement("td");
  cell.colSpan = columns;
  cell.setAttribute("role", "presentation");
  cell.style.height = `${height}px`;
  row.append(cell);
  return row;
}

function width(text) {
  return [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 1.9 : 1), 0);
}

customElements.define("sheet-grid", SheetGrid);
