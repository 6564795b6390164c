// The field that holds a picture of the media library: Wagtail's chooser, and the picture beside its name.
(() => {
  const PictureChooser = class extends window.Chooser {
    initHTMLElements(id) {
      super.initHTMLElements(id);
      this.picture = this.chooserElement.querySelector("[data-chooser-image]");
    }
    getStateFromHTML() {
      const state = super.getStateFromHTML();
      if (state) state.preview = { url: this.picture.getAttribute("src") };
      return state;
    }
    renderState(state) {
      super.renderState(state);
      this.picture.setAttribute("src", state.preview.url);
    }
  };
  window.PictureChooser = PictureChooser;
  const telepath = window.telepath;
  if (telepath?.constructors["wagtail.admin.widgets.Chooser"]) {
    const Factory = telepath.constructors["wagtail.admin.widgets.Chooser"];
    telepath.register("duli.PictureChooser", class extends Factory { widgetClass = PictureChooser; });
  }
})();
