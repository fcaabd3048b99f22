// What each page of an order does: it is loaded anew where the browser kept it, and looks for what it waits for.
"use strict";

const EVERY = 3000; // milliseconds
const waiting = document.querySelector("main[data-waits]");

// A page that the browser kept while the payer was away: the order may have gone on.
addEventListener("pageshow", (event) => event.persisted && location.reload());

// Nothing moves before there is news, so that the page can be read and its button be found.
async function look() {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.querySelector("main");
    if (answer.ok && main.innerHTML !== waiting.innerHTML) return location.reload();
  } catch {
    // The network is away: the next look may find it.
  }
  setTimeout(look, EVERY);
}

if (waiting) setTimeout(look, EVERY);
