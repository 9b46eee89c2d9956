import{a as e,n as t,t as n}from"./jsx-runtime-Wy9s6hX0.js";import{n as r,t as i}from"./place-XUH4T1DP.js";import{t as a}from"./CopyButton-BP-iOMUd.js";var o=e(t(),1),s=e=>`curl -X POST ${e}/api/v1/sessions \\
  -H "X-API-Key: $KASGATE_API_KEY" \\
  -H "Content-Type: application/json" \\
  -H "Idempotency-Key: order-1001" \\
  -d '{"amount": "12.5", "orderId": "1001"}'`,c=e=>`import json
import os
import urllib.request

request = urllib.request.Request(
    "${e}/api/v1/sessions",
    data=json.dumps({"amount": "12.5", "orderId": "1001"}).encode(),
    headers={
        "X-API-Key": os.environ["KASGATE_API_KEY"],
        "Content-Type": "application/json",
        "Idempotency-Key": "order-1001",
    },
)
with urllib.request.urlopen(request, timeout=10) as answer:
    session = json.load(answer)
print(session["id"], session["checkoutUrl"])`,l=e=>`const response = await fetch("${e}/api/v1/sessions", {
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
console.log(session.id, session.checkoutUrl);`,u=e=>`<?php
$call = curl_init("${e}/api/v1/sessions");
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
echo $session["id"], " ", $session["checkoutUrl"], "\\n";`,d=e=>`<script src="${e}/widget/kasgate.js"><\/script>
<kasgate-widget session-id="SESSION" api-url="${e}">
  <a href="${e}/pay/SESSION">Pay with Kaspa</a>
</kasgate-widget>`,f=e=>`import base64
import hashlib
import hmac
import json
import os
import time

MERCHANT_ID = "${e}"
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
    return event`,p=`OPEN = {"payment.pending", "payment.partial", "payment.confirming"}
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
    return "closed" if own and all(known["closed"] for known in own) else "open"`,m=`const OPEN = ["payment.pending", "payment.partial", "payment.confirming"];
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
}`,h=`<?php
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
}`;function g(e,t){let n=`Creates a session on your server. The shopper pays at its checkoutUrl.`,r=`Keeps the state of your orders from webhooks that were checked. Events may arrive in any order and more than once.`;return[{name:`curl`,about:n,code:s(e)},{name:`Python`,about:n,code:c(e)},{name:`JavaScript`,about:n,code:l(e)},{name:`PHP`,about:n,code:u(e)},{name:`Widget`,about:`Place this in your page. Replace SESSION with the ID of the session that your server created.`,code:d(e)},{name:`Webhook check`,about:`Checks a webhook in your Python handler. Pass header names in lower case, and answer with 2xx once the event is stored.`,code:f(t.id)},{name:`Orders (Python)`,about:r,code:p},{name:`Orders (JavaScript)`,about:r,code:m},{name:`Orders (PHP)`,about:r,code:h}]}var _=n();function v({merchant:e}){let t=g(r(),e),[n,s]=(0,o.useState)(t[0]?.name),c=t.find(({name:e})=>e===n)??t[0];return c===void 0?null:(0,_.jsxs)(_.Fragment,{children:[(0,_.jsx)(`h1`,{children:`Integration`}),(0,_.jsxs)(`section`,{className:`card`,children:[(0,_.jsxs)(`dl`,{children:[(0,_.jsx)(`dt`,{children:`Gateway`}),(0,_.jsx)(`dd`,{className:`mono`,children:r()}),(0,_.jsx)(`dt`,{children:`Merchant ID`}),(0,_.jsx)(`dd`,{className:`mono`,children:e.id}),(0,_.jsx)(`dt`,{children:`Webhook URL`}),(0,_.jsx)(`dd`,{className:`mono`,children:e.webhookUrl??`none`})]}),(0,_.jsxs)(`p`,{className:`quiet`,children:[`Your server creates each payment with its API key; the API calls a payment a session. Your page needs the session ID only. A page is no proof of payment: ship when your webhook endpoint has received payment.confirmed, or when your server has asked the API. See the API reference at `,(0,_.jsxs)(`a`,{href:`${i}/docs/reference/`,children:[i,`/docs/reference/`]}),`.`]})]}),(0,_.jsxs)(`section`,{className:`card`,children:[(0,_.jsx)(`div`,{className:`choice plain`,role:`group`,"aria-label":`Code example`,children:t.map(({name:e})=>(0,_.jsx)(`button`,{type:`button`,className:`button`,"aria-pressed":e===c.name,onClick:()=>s(e),children:e},e))}),(0,_.jsx)(`p`,{children:c.about}),(0,_.jsx)(`pre`,{tabIndex:0,"aria-label":c.name,children:c.code}),(0,_.jsx)(`div`,{className:`row`,children:(0,_.jsx)(a,{text:c.code,label:`Copy`})})]})]})}export{v as default};