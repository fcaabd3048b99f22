// Seals the payer's card in the payer's browser, with the bank's public key: RSAES-PKCS1-v1_5 (RFC 8017, 7.2.1).
//
// The shop's server gets the sealed text and the name on the card, and never the number: the typed fields have no
// name, so the browser itself posts none of them, whatever becomes of this script.
"use strict";

const form = document.getElementById("card");

// The browser reads the key (SubjectPublicKeyInfo) and gives its two numbers back. It refuses what is no RSA key.
async function numbersOf(spki) {
  const der = Uint8Array.from(atob(spki), (c) => c.charCodeAt(0));
  const algorithm = { name: "RSA-OAEP", hash: "SHA-256" }; // not used: what is read are the numbers
  const key = await crypto.subtle.importKey("spki", der, algorithm, true, ["encrypt"]);
  const { n, e } = await crypto.subtle.exportKey("jwk", key);
  const bytes = (text) => atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const number = (text) => BigInt("0x" + [...bytes(text)].map((c) => hex(c.charCodeAt(0))).join(""));
  return { n: number(n), e: number(e), length: bytes(n).length };
}

function hex(byte) {
  return byte.toString(16).padStart(2, "0");
}

// base ^ exponent mod n, by squaring.
function power(base, exponent, n) {
  let result = 1n;
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % n;
    base = (base * base) % n;
  }
  return result;
}

// 0x00 0x02, random bytes that are not zero, 0x00, the message.
function padded(message, length) {
  const block = new Uint8Array(length);
  const space = length - message.length - 3;
  if (space < 8) throw new Error("the message is too long for the key");
  block[1] = 2;
  for (let i = 2; i < space + 2; i += 1) {
    while (block[i] === 0) crypto.getRandomValues(block.subarray(i, i + 1));
  }
  block.set(message, space + 3);
  return block;
}

function seal(text, key) {
  const block = padded(new TextEncoder().encode(text), key.length);
  const message = BigInt("0x" + [...block].map(hex).join(""));
  block.fill(0);
  const sealed = power(message, key.e, key.n).toString(16).padStart(key.length * 2, "0");
  return btoa(sealed.match(/../g).map((pair) => String.fromCharCode(parseInt(pair, 16))).join(""));
}

// The check digit, by Luhn.
function isNumber(digits) {
  if (!/^\d{12,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((sum, digit, place) => {
    const value = place % 2 ? 2 * digit : Number(digit);
    return sum + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

// What was typed, each without blanks and signs, and the field that can't be right.
function typed() {
  const field = (id) => document.getElementById(`card-${id}`);
  const digits = (id) => field(id).value.replace(/\D/g, "");
  const card = { number: digits("number"), expiry: digits("expiry"), code: digits("code") };
  card.expiry = card.expiry.replace(/^(\d\d)20(\d\d)$/, "$1$2"); // 01/2027
  card.holder = field("holder").value.trim().replace(/\s+/g, " ").toUpperCase();
  const right = {
    number: isNumber(card.number),
    expiry: /^(0[1-9]|1[0-2])\d\d$/.test(card.expiry),
    code: /^\d{3,4}$/.test(card.code),
    holder: /^[A-Z][A-Z .'-]+$/.test(card.holder), // no digits: a number in the wrong field goes nowhere
  };
  return { card, wrong: Object.keys(right).filter((id) => !right[id]).map(field) };
}

function submit(event, key) {
  const { card, wrong } = typed();
  const said = document.getElementById("wrong");
  for (const input of form.querySelectorAll("[data-wrong]")) {
    input.setAttribute("aria-invalid", wrong.includes(input));
  }
  said.hidden = wrong.length === 0;
  if (wrong.length > 0 || form.dataset.sent) {
    event.preventDefault();
    if (wrong.length > 0) said.textContent = wrong[0].dataset.wrong;
    if (wrong.length > 0) wrong[0].focus();
    return;
  }
  form.dataset.sent = "yes"; // a second click sends nothing
  form.elements.cryptogram.value = seal(
    `{"hpan":"${card.number}","expDate":"${card.expiry}","cvc":"${card.code}","terminalId":"${form.dataset.terminal}"}`, key);
  form.elements.holder.value = card.holder;
  for (const input of form.querySelectorAll("[data-wrong]")) input.value = "";
}

if (form) {
  numbersOf(form.dataset.key).then((key) => {
    form.addEventListener("submit", (event) => submit(event, key));
    form.hidden = false;
  }).catch(() => { document.getElementById("cannot").hidden = false; });
}
