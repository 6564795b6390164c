// The lines of a transfer: found, picked and counted as rows. The list of SKUs and units below is what is sent, and may
// be typed or pasted as well; both always say the same.
const MOST = 300;

class GoodsLines extends HTMLElement {
  connectedCallback() {
    if (this.list) return;
    this.list = document.getElementById(this.dataset.for);
    this.rows = this.querySelector("[data-rows]");
    this.known = JSON.parse(this.querySelector("#goods-known").textContent);
    this.list.addEventListener("input", () => this.draw());
    this.addEventListener("click", (event) => {
      const pick = event.target.closest("[data-pick]");
      if (pick) this.add(pick.dataset);
      const remove = event.target.closest("[data-remove]");
      if (remove) this.drop(remove.closest(".line"));
    });
    this.addEventListener("input", (event) => {
      if (event.target.matches("[data-units]")) this.write();
    });
    // Enter in a row or in the search is no wish to save the paper.
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("[data-units], [type=search]")) return;
      event.preventDefault();
      if (event.target.matches("[type=search]")) this.querySelector("#goods-found [data-pick]")?.click();
      else this.querySelector("#goods-find").focus();
    });
    this.draw();
    const typed = this.querySelector("[data-typed]");
    if (typed.dataset.typed !== "wrong" && this.read().length <= MOST) typed.open = false;
  }

  read() {
    const lines = this.list.value.split("\n").map((line) => line.trim()).filter(Boolean);
    return lines.map((line) => {
      const cells = /[\t,;]/.test(line) ? line.split(/[\t,;]/) : line.split(/\s+(?=\S+$)/);
      return { name: cells[0].trim().replace(/^"|"$/g, ""), units: (cells.length > 1 ? cells.at(-1) : "").trim().replace(/^"|"$/g, "") };
    });
  }

  draw() {
    const lines = this.read();
    // So many are a list from a file: it is changed where it was pasted.
    this.rows.parentElement.hidden = lines.length > MOST;
    if (lines.length > MOST) return;
    this.rows.replaceChildren(
      ...lines.map(({ name, units }) => {
        const line = this.querySelector("template").content.firstElementChild.cloneNode(true);
        const told = this.known[name] ?? { title: name, sub: "", image: "" };
        line.dataset.name = name;
        line.querySelectorAll("[data-title]").forEach((part) => (part.textContent = told.title));
        line.querySelector("[data-sub]").textContent = told.sub;
        line.querySelector("[data-units]").value = units;
        if (told.image) {
          const picture = document.createElement("img");
          Object.assign(picture, { src: told.image, alt: "", width: 44, height: 44, className: "thumb" });
          line.querySelector(".thumb").replaceWith(picture);
        }
        return line;
      }),
    );
  }

  write() {
    const lines = [...this.rows.children].map((line) => `${line.dataset.name}\t${line.querySelector("[data-units]").value.trim()}`);
    this.list.value = lines.join("\n");
    this.list.dispatchEvent(new Event("change", { bubbles: true }));
    this.dispatchEvent(new Event("desk:changed", { bubbles: true }));
  }

  add({ pick, title, sub, image }) {
    this.known[pick] = { title, sub, image };
    const there = [...this.rows.children].find((line) => line.dataset.name === pick);
    if (there) {
      const units = there.querySelector("[data-units]");
      units.value = String((Number.parseInt(units.value, 10) || 0) + 1);
      this.write();
    } else {
      this.list.value = [...this.list.value.split("\n").filter((line) => line.trim()), `${pick}\t1`].join("\n");
      this.draw();
      this.write();
    }
    const units = [...this.rows.children].find((line) => line.dataset.name === pick).querySelector("[data-units]");
    units.focus();
    units.select();
  }

  drop(line) {
    line.remove();
    this.write();
    this.querySelector("#goods-find").focus();
  }
}

customElements.define("goods-lines", GoodsLines);
