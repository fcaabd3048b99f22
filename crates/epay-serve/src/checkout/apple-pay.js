// Pays with Apple Pay, where the browser has it: a session proves the shop to Apple, and the token goes to the checkout
// as the device made it. The sum of the sheet is the order's, and the token is good for no other.
"use strict";

const button = document.getElementById("apple-pay");
const wrong = document.getElementById("apple-pay-wrong");
const order = button.dataset;
let open = false;

async function posted(url, body) {
  const answer = await fetch(url, { method: "POST", body });
  if (!answer.ok) throw new Error(`${url} said ${answer.status}`);
  return answer.json();
}

function say(text) {
  wrong.textContent = text;
  wrong.hidden = false;
}

function sheet() {
  if (open) return; // a second click
  open = true;
  wrong.hidden = true;
  const sheet = new ApplePaySession(3, {
    countryCode: "KZ",
    currencyCode: order.currency,
    merchantCapabilities: ["supports3DS"],
    supportedNetworks: ["visa", "masterCard"],
    total: { label: order.title, amount: order.amount },
  });
  sheet.onvalidatemerchant = async () => {
    try {
      sheet.completeMerchantValidation(await posted(order.session));
    } catch {
      sheet.abort();
      open = false;
      say(order.failed);
    }
  };
  sheet.onpaymentauthorized = async (event) => {
    const token = JSON.stringify(event.payment.token.paymentData);
    let answer;
    try {
      answer = await posted(order.pay, new URLSearchParams({ payment_data: token, seen: order.seen }));
    } catch {
      answer = { done: true, page: location.href }; // the answer may be lost, and the payment not: the page tells
    }
    sheet.completePayment(answer.done ? ApplePaySession.STATUS_SUCCESS : ApplePaySession.STATUS_FAILURE);
    open = false;
    if (answer.page) location.assign(answer.page);
    else say(answer.said);
  };
  sheet.oncancel = () => { open = false; };
  sheet.begin();
}

if (window.ApplePaySession && ApplePaySession.canMakePayments()) {
  button.addEventListener("click", sheet);
  button.hidden = false;
}
