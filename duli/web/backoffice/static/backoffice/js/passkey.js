// Asks the browser for a passkey (to make one or to use one) and sends its answer with the form around it.
function bytes(text) {
  const base64 = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function prepared(options) {
  const ready = { ...options, challenge: bytes(options.challenge) };
  if (options.user) ready.user = { ...options.user, id: bytes(options.user.id) };
  for (const name of ["excludeCredentials", "allowCredentials"]) {
    if (options[name]) ready[name] = options[name].map((known) => ({ ...known, id: bytes(known.id) }));
  }
  return ready;
}

function answer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

customElements.define(
  "passkey-button",
  class extends HTMLElement {
    connectedCallback() {
      if (!window.PublicKeyCredential) return;
      this.hidden = false;
      this.querySelector("button").addEventListener("click", () => this.ask());
    }

    async ask() {
      const error = this.querySelector("[role=alert]");
      error.hidden = true;
      try {
        const publicKey = prepared(JSON.parse(this.dataset.options));
        const credential = await navigator.credentials[this.dataset.verb]({ publicKey });
        const form = this.closest("form");
        form.elements.passkey.value = JSON.stringify(answer(credential));
        form.submit();
      } catch {
        error.textContent = this.dataset.failed;
        error.hidden = false;
      }
    }
  },
);
