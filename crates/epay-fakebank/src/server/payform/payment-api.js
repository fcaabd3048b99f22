/* What the bank's payment-api.js offers to a shop's page, for the fake bank: halyk.pay, halyk.showPaymentWidget, halyk.p2p. */
"use strict";
// Read while the script loads: later nobody knows where it came from.
var from = document.currentScript;
var pageUrl = from && from.src ? from.src.replace(/payment-api\.js.*$/, "") : "%PAYFORM%";

/** `auth: {access_token: "x"}` becomes `auth[access_token]=x`. */
function pairs(value, name) {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object") return [encodeURIComponent(name) + "=" + encodeURIComponent(value)];
  return Object.keys(value).reduce(function (all, key) {
    return all.concat(pairs(value[key], name ? name + "[" + key + "]" : key));
  }, []);
}

function address(params, more) {
  return pageUrl + "?params=" + LZString.compressToEncodedURIComponent(pairs(params).join("&")) + more;
}

function element(tag, style, parent) {
  var made = document.createElement(tag);
  Object.assign(made.style, style);
  return parent.appendChild(made);
}

function showPaymentWidget(params, callback) {
  var told = false;
  function tell(result) {
    if (!told && typeof callback === "function") callback(result);
    told = true;
  }
  var cover = element("div", {
    position: "fixed", inset: "0", zIndex: "2147483647", display: "flex", justifyContent: "center",
    alignItems: "flex-start", overflow: "auto", padding: "1rem", background: "rgba(0,0,0,.6)",
    boxSizing: "border-box",
  }, document.body);
  cover.id = "halyk-widget";
  var box = element("div", { position: "relative", width: "100%", maxWidth: "28rem" }, cover);
  var frame = element("iframe", {
    width: "100%", height: "min(44rem, calc(100vh - 2rem))", border: "0", borderRadius: ".5rem", background: "#fff",
  }, box);
  frame.title = "ePay";
  frame.allow = "payment";
  frame.src = address(params, "&isShortForm=true");
  var close = element("button", {
    position: "absolute", top: ".5rem", right: ".5rem", width: "2.5rem", height: "2.5rem", border: "0",
    background: "transparent", color: "#000", font: "1.5rem sans-serif", cursor: "pointer",
  }, box);
  close.type = "button";
  close.textContent = "\u00d7";
  close.setAttribute("aria-label", "\u00d7");
  function hear(event) {
    if (event.source === frame.contentWindow && event.data && typeof event.data.success === "boolean") {
      tell(event.data);
    }
  }
  window.addEventListener("message", hear);
  close.addEventListener("click", function () {
    window.removeEventListener("message", hear);
    cover.remove();
    tell({ success: false });
  });
  close.focus();
}

window.halyk = {
  pay: function (params) { window.location.href = address(params, ""); },
  showPaymentWidget: showPaymentWidget,
  // The page says that transfers are not served.
  p2p: function (params) { window.location.href = address(params, "&isTransfer=true"); },
};
