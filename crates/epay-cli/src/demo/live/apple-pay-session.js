// Stands in for Apple's `ApplePaySession`, with a sheet that is drawn in the page and says that it is simulated. `epay demo`
// alone puts it into the checkout: in life the browser has the class, and the device draws the sheet and makes the token.
"use strict";

window.ApplePaySession = class {
  static STATUS_SUCCESS = 0;
  static STATUS_FAILURE = 1;
  static canMakePayments() { return true; }

  constructor(version, request) {
    this.request = request;
    this.sheet = document.createElement("dialog");
    this.sheet.id = "apple-pay-sheet";
    this.sheet.lang = "en";
    this.sheet.innerHTML = `
      <p class="simulated">Simulated: no Apple, no money</p>
      <h2>Apple Pay</h2>
      <dl><dt>Pay</dt><dd class="to"></dd><dt>Sum</dt><dd class="total"></dd></dl>
      <label>Card <select><option value="good">Visa ··5096</option>
        <option value="empty">Visa ··4848, without money</option></select></label>
      <ol></ol>
      <button class="confirm" disabled>Confirm</button>
      <button class="cancel">Cancel</button>`;
    this.in(".to").textContent = request.total.label;
    this.in(".total").textContent = `${request.total.amount} ${request.currencyCode}`;
    this.in(".confirm").addEventListener("click", () => this.confirm());
    this.in(".cancel").addEventListener("click", () => this.cancel());
    this.sheet.addEventListener("cancel", (event) => { event.preventDefault(); this.in(".cancel").click(); }); // Escape
  }

  in(css) { return this.sheet.querySelector(css); }

  tell(text) { this.in("ol").appendChild(document.createElement("li")).textContent = text; }

  begin() {
    document.body.append(this.sheet);
    this.sheet.showModal();
    this.tell("Merchant validation: the shop asks Apple for a session …");
    const validationURL = "https://apple-pay-gateway.apple.com/paymentservices/paymentSession";
    this.onvalidatemerchant({ validationURL }); // Apple's address is not taken from a browser
  }

  completeMerchantValidation(session) {
    this.tell(`Apple gave the shop a session for ${session.domainName}.`);
    this.in(".confirm").disabled = false;
    this.in(".confirm").focus();
  }

  async confirm() {
    for (const css of [".confirm", ".cancel"]) this.in(css).disabled = true;
    const agreed = { amount: this.request.total.amount, card: this.in("select").value };
    const answer = await fetch("/phone", { method: "POST", body: new URLSearchParams(agreed) });
    const paymentData = await answer.json();
    this.tell(`The wallet made a payment token for this sum: ${paymentData.version}, encrypted for the shop.`);
    this.tell("The service verifies the token, decrypts it and asks the bank …");
    this.onpaymentauthorized({ payment: { token: { paymentData } } });
  }

  cancel() {
    this.sheet.remove();
    this.oncancel({});
  }

  abort() { this.sheet.remove(); }

  completePayment() { this.sheet.remove(); } // the page tells how it went
};
