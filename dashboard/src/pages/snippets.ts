/**
 * Code examples, filled with the merchant's values. They read the API key and the webhook secret from
 * the environment: the dashboard does not know them, and code should not contain them.
 */

import type { Merchant } from "../api/types";

/** Translates a text. It is given, so that Node can run this file by itself. */
type Translate = (text: string, values?: Record<string, string>) => string;

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
<kasgate-widget session-id="SESSION" api-url="${url}">
  <a href="${url}/pay/SESSION">Pay with Kaspa</a>
</kasgate-widget>`;

const webhook = (merchantId: string): string => `import base64
import hashlib
import hmac
import json
import os
import time

MERCHANT_ID = "${merchantId}"
TOLERANCE_S = 300


def read_webhook(headers: dict[str, str], body: bytes) -> dict:
    """The event in a webhook's raw body. Raises ValueError if the webhook is not genuine."""
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

/**
 * One rule in three languages (docs/webhooks.md): the result does not depend on the order of events
 * or on repetitions. Tests shuffle and repeat them.
 */
const pythonOrders = `OPEN = {"payment.pending", "payment.partial", "payment.confirming"}
CLOSED = {"payment.expired", "payment.failed", "payment.late"}

sessions = {}  # by sessionId; keep this in your database


def take(event: dict) -> None:
    """Act on a genuine event. It may be old or repeated."""
    new = {"orderId": event.get("orderId"), "sequence": -1, "closed": False, "confirmed": False}
    known = sessions.setdefault(event["sessionId"], new)
    name, sequence = event["event"], event.get("sequence", 0)
    if name == "payment.confirmed":  # final, whatever else arrives
        known["confirmed"] = True
    elif name in OPEN | CLOSED and sequence > known["sequence"]:
        known["sequence"], known["closed"] = sequence, name in CLOSED


def state(order_id: str) -> str:
    """An order can have several sessions. It is paid when one of them is confirmed."""
    own = [known for known in sessions.values() if known["orderId"] == order_id]
    if any(known["confirmed"] for known in own):
        return "paid"
    return "closed" if own and all(known["closed"] for known in own) else "open"`;

const javascriptOrders = `const OPEN = ["payment.pending", "payment.partial", "payment.confirming"];
const CLOSED = ["payment.expired", "payment.failed", "payment.late"];

const sessions = new Map(); // by sessionId; keep this in your database

/** Act on a genuine event. It may be old or repeated. */
function take(event) {
  const known = sessions.get(event.sessionId) ?? {
    orderId: event.orderId, sequence: -1, closed: false, confirmed: false,
  };
  const sequence = event.sequence ?? 0;
  if (event.event === "payment.confirmed") {
    known.confirmed = true; // final, whatever else arrives
  } else if ([...OPEN, ...CLOSED].includes(event.event) && sequence > known.sequence) {
    known.sequence = sequence;
    known.closed = CLOSED.includes(event.event);
  }
  sessions.set(event.sessionId, known);
}

/** An order can have several sessions. It is paid when one of them is confirmed. */
function state(orderId) {
  const own = [...sessions.values()].filter((known) => known.orderId === orderId);
  if (own.some((known) => known.confirmed)) return "paid";
  return own.length > 0 && own.every((known) => known.closed) ? "closed" : "open";
}`;

const phpOrders = `<?php
const OPEN = ["payment.pending", "payment.partial", "payment.confirming"];
const CLOSED = ["payment.expired", "payment.failed", "payment.late"];

$sessions = []; // by sessionId; keep this in your database

/** Act on a genuine event. It may be old or repeated. */
function take(array $event): void
{
    global $sessions;
    $known = $sessions[$event["sessionId"]] ?? [
        "orderId" => $event["orderId"] ?? null, "sequence" => -1, "closed" => false, "confirmed" => false,
    ];
    $sequence = $event["sequence"] ?? 0;
    if ($event["event"] === "payment.confirmed") {
        $known["confirmed"] = true; // final, whatever else arrives
    } elseif (in_array($event["event"], [...OPEN, ...CLOSED], true) && $sequence > $known["sequence"]) {
        $known["sequence"] = $sequence;
        $known["closed"] = in_array($event["event"], CLOSED, true);
    }
    $sessions[$event["sessionId"]] = $known;
}

/** An order can have several sessions. It is paid when one of them is confirmed. */
function state(string $orderId): string
{
    global $sessions;
    $own = array_filter($sessions, fn ($known) => $known["orderId"] === $orderId);
    if (in_array(true, array_column($own, "confirmed"), true)) {
        return "paid";
    }
    $open = in_array(false, array_column($own, "closed"), true);
    return $own && !$open ? "closed" : "open";
}`;

/** All snippets for a gateway at this address. */
export function snippets(url: string, merchant: Merchant, t: Translate): Snippet[] {
  const create = t("Creates a session on your server. The shopper pays at its checkoutUrl.");
  const orders =
    t("Keeps the state of your orders from webhooks that were checked. Events may arrive in any order and more than once.");
  return [
    { name: "curl", about: create, code: curl(url) },
    { name: "Python", about: create, code: python(url) },
    { name: "JavaScript", about: create, code: javascript(url) },
    { name: "PHP", about: create, code: php(url) },
    {
      name: t("Widget"),
      about: t("Place this in your page. Replace SESSION with the ID of the session that your server created."),
      code: widget(url),
    },
    {
      name: t("Webhook check"),
      about: t("Checks a webhook in your Python handler. Pass header names in lower case, and answer with 2xx once the event is stored."),
      code: webhook(merchant.id),
    },
    { name: t("Orders ({{language}})", { language: "Python" }), about: orders, code: pythonOrders },
    { name: t("Orders ({{language}})", { language: "JavaScript" }), about: orders, code: javascriptOrders },
    { name: t("Orders ({{language}})", { language: "PHP" }), about: orders, code: phpOrders },
  ];
}
