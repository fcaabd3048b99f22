// Takes the browser to the bank's pay form. The bank's script has run before this one, and has left `halyk`.
"use strict";

const params = document.currentScript.dataset.params;
const show = (id) => { document.getElementById(id).hidden = false; };

// Gone to the bank and come back by the browser's button: the order's page tells how it stands.
addEventListener("pageshow", (event) => event.persisted && document.querySelector("a.button").click());

try {
  halyk.pay(JSON.parse(params));
  show("opening");
} catch {
  show("cannot"); // the bank's script was not there, or would not have it
}
