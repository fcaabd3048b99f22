// A shop on `epay serve`, in Node with nothing to install: PORT=8000 node shop.mjs
//
// EPAY_URL     where epay serves              EPAY_KEY  a key with the scopes read, pay, refund
// EPAY_SECRET  the webhook's secret, whsec_…  PORT      where the shop listens
import { createServer } from "node:http";
import { createHmac, timingSafeEqual } from "node:crypto";

const { EPAY_URL, EPAY_KEY, EPAY_SECRET, PORT } = process.env;

// A real shop has a database.
const orders = new Map();

// A call of the merchant API. After a timeout it may be sent again: its path makes it the same.
async function epay(method, path, body) {
  const headers = { authorization: `Bearer ${EPAY_KEY}`, "content-type": "application/json" };
  const signal = AbortSignal.timeout(60_000);
  const answer = await fetch(`${EPAY_URL}/v1/${path}`, { method, headers, signal, body: body && JSON.stringify(body) });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail); // the payer was not charged by this call
  return told;
}

// Whether the webhook is from our epay: signed with our secret, and not an old one sent again.
function isOurs(headers, body) {
  const [id, time] = [headers["webhook-id"], headers["webhook-timestamp"]];
  const key = Buffer.from(EPAY_SECRET.slice("whsec_".length), "base64");
  const right = Buffer.from("v1," + createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest("base64"));
  const signatures = (headers["webhook-signature"] ?? "").split(" ").map((text) => Buffer.from(text));
  const found = signatures.some((it) => it.length === right.length && timingSafeEqual(it, right));
  return found && Math.abs(Date.now() / 1000 - Number(time)) < 300;
}

const pages = {
  "POST buy": async ({ name, response }) => {
    const body = { amount_minor: 500_000, description: `Order ${name}` };
    const order = await epay("PUT", `orders/${encodeURIComponent(name)}`, body);
    response.writeHead(303, { location: order.checkout_url });
  },
  // The name is the refund's, for ever: a second click is the same refund.
  "POST refund": async ({ name, response }) => {
    const path = `orders/${encodeURIComponent(name)}/refunds/goods-back`;
    const refund = await epay("POST", path, { amount_minor: 500_000 });
    response.write(refund.outcome); // "unknown" is an answer too: the webhook tells
  },
  "POST webhook": async ({ request, body, response }) => {
    if (!isOurs(request.headers, body)) return response.writeHead(400);
    const { type, data } = JSON.parse(body);
    // The order as it stands now: the same webhook twice changes nothing.
    if (type === "payment.captured") orders.set(data.order, "shipped");
    if (type === "payment.refunded") orders.set(data.order, "given back");
  },
  "GET orders": async ({ name, response }) => response.write(orders.get(name) ?? "unpaid"),
};

createServer(async (request, response) => {
  try {
    const [place, name = ""] = new URL(request.url, "http://shop").pathname.slice(1).split("/");
    const body = Buffer.concat(await request.toArray());
    const page = pages[`${request.method} ${place}`];
    if (page) await page({ request, response, body, name: decodeURIComponent(name) });
    else response.writeHead(404);
  } catch (error) {
    if (!response.headersSent) response.writeHead(502);
    console.error(error.message);
  }
  response.end();
}).listen(Number(PORT), "127.0.0.1");
