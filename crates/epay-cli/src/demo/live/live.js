// Shows what has changed, once a second. What comes is made by the server, which escapes it.
"use strict";

const live = document.getElementById("live");
let shown = live.innerHTML;

async function look() {
  try {
    const answer = await fetch("/live", { cache: "no-store" });
    const now = await answer.text();
    if (answer.ok && now !== shown) {
      live.innerHTML = now;
      shown = now;
    }
  } catch {
    // The demo has ended, or starts again.
  }
  setTimeout(look, 1000);
}

setTimeout(look, 1000);
