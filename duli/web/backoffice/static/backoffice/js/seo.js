// The preview of a search result follows what is typed, with the product's own words as the fallback.
function plain(html) {
  return new DOMParser().parseFromString(html, "text/html").body.textContent.replace(/\s+/g, " ").trim();
}

export function start(root) {
  for (const box of root.querySelectorAll("[data-seo]")) {
    const form = box.closest("form");
    const value = (name) => form.elements[name]?.value.trim() ?? "";
    const draw = () => {
      box.querySelector(".seo-title").textContent = value("seo_title") || value("title") || box.dataset.title;
      box.querySelector(".seo-text").textContent = value("seo_description") || plain(value("description_html")).slice(0, 160);
      const handle = value("handle");
      if (handle) box.querySelector(".seo-address").textContent = `${box.dataset.base}${handle}`;
    };
    form.addEventListener("input", draw);
    draw();
  }
}
