// Opens WeChat's own payment sheet; only WeChat's browser has it. What was paid is asked of the shop, never believed here.
const form = document.querySelector("#payment-form");
const values = JSON.parse(document.querySelector("#payment-values").textContent);
const { label, ...asked } = values;

const button = document.createElement("button");
button.type = "button";
button.className = "btn solid";
button.textContent = label;
form.append(button);

const open = () => window.WeixinJSBridge.invoke("getBrandWCPayRequest", asked, (answer) => {
  if (answer.err_msg === "get_brand_wcpay_request:ok") location.reload();
});
const pay = () => {
  if (window.WeixinJSBridge) open();
  else document.addEventListener("WeixinJSBridgeReady", open, { once: true });
};
button.addEventListener("click", pay);
pay();
