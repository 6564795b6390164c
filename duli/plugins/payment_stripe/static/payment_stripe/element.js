// Shows Stripe's Payment Element: the card is given in Stripe's frames and goes to Stripe alone.
const form = document.querySelector("#payment-form");
const values = JSON.parse(document.querySelector("#payment-values").textContent);

const said = document.createElement("p");
said.className = "error";
said.setAttribute("role", "alert");
said.hidden = true;
const say = (text) => {
  said.textContent = text;
  said.hidden = !text;
};

if (window.Stripe) {
  const stripe = window.Stripe(values.key, { locale: values.locale });
  const elements = stripe.elements({ clientSecret: values.secret });
  const place = document.createElement("div");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn solid wide";
  button.textContent = values.label;
  form.append(place, said, button);
  elements.create("payment").mount(place);
  button.addEventListener("click", async () => {
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    say("");
    // Where it goes well the browser leaves for the address to come back to, and the shop asks Stripe itself.
    const { error } = await stripe.confirmPayment({ elements, confirmParams: { return_url: values.return_url } });
    say(error?.message ?? "");
    button.disabled = false;
    button.removeAttribute("aria-busy");
  });
} else {
  form.append(said);
  say(values.failed);
}
