"""A shop on `epay serve`, in Python with nothing to install: PORT=8000 python3 shop.py

EPAY_URL     where epay serves              EPAY_KEY  a key with the scopes read, pay, refund
EPAY_SECRET  the webhook's secret, whsec_…  PORT      where the shop listens
"""

import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote
from urllib.request import Request, urlopen

orders = {}  # a real shop has a database


def epay(method, path, body):
    """A call of the merchant API. After a timeout it may be sent again: its path makes it the same."""
    headers = {"Authorization": "Bearer " + os.environ["EPAY_KEY"], "Content-Type": "application/json"}
    url = os.environ["EPAY_URL"] + "/v1/" + path
    call = Request(url, json.dumps(body).encode(), headers, method=method)
    with urlopen(call, timeout=60) as answer:  # an HTTPError: the payer was not charged by this call
        return json.load(answer)


def is_ours(headers, body):
    """Whether the webhook is from our epay: signed with our secret, and not an old one sent again."""
    moment = headers.get("webhook-timestamp", "0")
    signed = f"{headers.get('webhook-id')}.{moment}.".encode() + body
    key = base64.b64decode(os.environ["EPAY_SECRET"].removeprefix("whsec_"))
    right = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    signatures = headers.get("webhook-signature", "").split()
    found = any(hmac.compare_digest(right.encode(), one.encode()) for one in signatures)
    return found and abs(time.time() - int(moment)) < 300


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        place, name = self.place()
        if place == "orders":
            self.answer(200, orders.get(name, "unpaid"))
        else:
            self.answer(404)

    def do_POST(self):
        (place, name), body = self.place(), self.rfile.read(int(self.headers.get("content-length", 0)))
        if place == "buy":
            order = {"amount_minor": 500_000, "description": f"Order {name}"}
            self.answer(303, location=epay("PUT", "orders/" + quote(name, ""), order)["checkout_url"])
        elif place == "refund":  # the name is the refund's, for ever: a second click is the same refund
            path = "orders/" + quote(name, "") + "/refunds/goods-back"
            self.answer(200, epay("POST", path, {"amount_minor": 500_000})["outcome"])
        elif place == "webhook" and is_ours(self.headers, body):
            told = json.loads(body)  # the order as it stands now: the same webhook twice changes nothing
            status = {"payment.captured": "shipped", "payment.refunded": "given back"}.get(told["type"])
            if status:
                orders[told["data"]["order"]] = status
            self.answer(200)
        else:
            self.answer(400 if place == "webhook" else 404)

    def place(self):
        place, _, name = self.path.strip("/").partition("/")
        return place, unquote(name)

    def answer(self, status, text="", **headers):
        self.send_response(status)
        for name, value in {"content-length": str(len(text.encode())), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Shop).serve_forever()
