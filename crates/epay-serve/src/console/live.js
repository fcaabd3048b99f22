// Keeps a page of the console up to date, and sends each of its forms once. Without it the pages work as well.
"use strict";

const main = document.getElementById("main");

// Somebody is about to act on what they see: it is not taken away under their hands.
function isInUse() {
  return main.querySelector("details[open]") !== null || main.contains(document.activeElement);
}

function say() {
  const said = document.getElementById("changed");
  if (said) said.hidden = false;
}

async function renew() {
  if (isInUse()) return say();
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return say();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("main");
  if (!fresh || isInUse()) return say();
  main.dataset.stream = fresh.dataset.stream;
  main.replaceChildren(...fresh.childNodes);
}

// A browser tries again by itself, but not after an answer that is no stream: the service was starting, or is full.
function listen() {
  const events = new EventSource(main.dataset.stream);
  events.addEventListener("changed", () => renew().catch(say));
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 15000);
  });
  addEventListener("pagehide", () => events.close());
}

document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes"; // a second click sends nothing
});

// A page that the browser kept has forms that were sent.
addEventListener("pageshow", (event) => event.persisted && location.reload());

if (main.dataset.stream) listen();
