// What js.stripe.com gives a shop, as far as it is practised: an Element in a frame, and the confirmation of its payment.
(() => {
  const base = document.currentScript.src.replace(/\/[a-z0-9]+\/stripe\.js.*$/, "");
  window.Stripe = (key, options = {}) => ({
    elements({ clientSecret }) {
      const held = { clientSecret };
      held.create = () => ({
        mount(place) {
          const host = typeof place === "string" ? document.querySelector(place) : place;
          const frame = document.createElement("iframe");
          const name = clientSecret.split("_secret_")[0];
          frame.src = `${base}/elements/${name}?secret=${encodeURIComponent(clientSecret)}&lang=${options.locale ?? ""}`;
          frame.title = "Stripe";
          frame.width = "100%";
          frame.height = "420";
          frame.style.border = "0";
          host.append(frame);
          held.frame = frame;
        },
        on(kind, call) { if (kind === "ready") held.frame.addEventListener("load", () => call({}), { once: true }); },
      });
      return held;
    },
    confirmPayment({ elements, confirmParams }) {
      return new Promise((done) => {
        const hear = ({ source, data }) => {
          if (source !== elements.frame.contentWindow || !data.status) return;
          if (data.status === "requires_action") return;
          removeEventListener("message", hear);
          if (data.status === "requires_payment_method") done({ error: { type: "card_error", message: data.error } });
          else location.assign(confirmParams.return_url);
        };
        addEventListener("message", hear);
        elements.frame.contentWindow.postMessage({ confirm: true }, new URL(base).origin);
      });
    },
  });
})();
