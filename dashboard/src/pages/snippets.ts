/**
 * Code to copy, filled with the values of whoever looks. Key and secret are read from the
 * environment: they are not known here, and have no place in code.
 */

import type { Merchant } from "../api/types";

export interface Snippet {
  name: string;
  about: string;
  code: string;
}

const curl = (url: string): string => `curl -X POST ${url}/api/v1/sessions \\
  -H "X-API-Key: $KASGATE_API_KEY" \\
  -H "Content-Type: application/json" \\
  -H "Idempotency-Key: order-1001" \\
  -d '{"amount": "12.5", "orderId": "1001"}'`;

const python = (url: string): string => `import json
import os
import urllib.request

request = urllib.request.Request(
    "${url}/api/v1/sessions",
    data=json.dumps({"amount": "12.5", "orderId": "1001"}).encode(),
    headers={
        "X-API-Key": os.environ["KASGATE_API_KEY"],
        "Content-Type": "application/json",
        "Idempotency-Key": "order-1001",
    },
)
with urllib.request.urlopen(request, timeout=10) as answer:
    session = json.load(answer)
print(session["id"], session["checkoutUrl"])`;

const javascript = (url: string): string => `const response = await fetch("${url}/api/v1/sessions", {
  method: "POST",
  headers: {
    "X-API-Key": process.env.KASGATE_API_KEY,
    "Content-Type": "application/json",
    "Idempotency-Key": "order-1001",
  },
  body: JSON.stringify({ amount: "12.5", orderId: "1001" }),
});
const session = await response.json();
if (!response.ok) throw new Error(session.detail);
console.log(session.id, session.checkoutUrl);`;

const php = (url: string): string => `<?php
$call = curl_init("${url}/api/v1/sessions");
curl_setopt_array($call, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_TIMEOUT => 10,
    CURLOPT_HTTPHEADER => [
        "X-API-Key: " . getenv("KASGATE_API_KEY"),
        "Content-Type: application/json",
        "Idempotency-Key: order-1001",
    ],
    CURLOPT_POSTFIELDS => json_encode(["amount" => "12.5", "orderId" => "1001"]),
]);
$session = json_decode(curl_exec($call), true, flags: JSON_THROW_ON_ERROR);
if (curl_getinfo($call, CURLINFO_RESPONSE_CODE) !== 201) {
    throw new RuntimeException($session["detail"]);
}
echo $session["id"], " ", $session["checkoutUrl"], "\\n";`;

const widget = (url: string): string => `<script src="${url}/widget/kasgate.js"></script>
<kasgate-widget session-id="SESSION" api-url="${url}"></kasgate-widget>`;

const webhook = (merchantId: string): string => `import base64
import hashlib
import hmac
import json
import os
import time

MERCHANT_ID = "${merchantId}"
TOLERANCE_S = 300


def read_webhook(headers: dict[str, str], body: bytes) -> dict:
    """The event in a webhook's body, exactly as it arrived; ValueError if it is not genuine."""
    secret = base64.b64decode(os.environ["KASGATE_WEBHOOK_SECRET"].removeprefix("whsec_"))
    delivery, sent_at = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(sent_at)) > TOLERANCE_S:
        raise ValueError("this webhook is old")
    signed = f"{delivery}.{sent_at}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    given = headers["webhook-signature"].split(" ")
    if not any(hmac.compare_digest(expected, each) for each in given):
        raise ValueError("this webhook's signature is wrong")
    event = json.loads(body)
    if event["merchantId"] != MERCHANT_ID:
        raise ValueError("this webhook is for another merchant")
    return event`;

/** All snippets for a gateway at this address. */
export function snippets(url: string, merchant: Merchant): Snippet[] {
  const create = "Makes a session on your server. The shopper pays at its checkoutUrl.";
  return [
    { name: "curl", about: create, code: curl(url) },
    { name: "Python", about: create, code: python(url) },
    { name: "JavaScript", about: create, code: javascript(url) },
    { name: "PHP", about: create, code: php(url) },
    {
      name: "Widget",
      about: "In your page, with the id of the session that your server made in place of SESSION.",
      code: widget(url),
    },
    {
      name: "Webhook check",
      about: "Python for your webhook's handler. Header names in lower case; answer with 2xx once the event is stored, and skip a webhook-id that you know.",
      code: webhook(merchant.id),
    },
  ];
}
