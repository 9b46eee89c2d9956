import{g as e,l as t,p as n,t as r}from"./jsx-runtime-CGNGFoFX.js";import{n as i,t as a}from"./place-XUH4T1DP.js";import{t as o}from"./CopyButton-1KWm9f3W.js";var s=e(n(),1),c=e=>`curl -X POST ${e}/api/v1/sessions \\
  -H "X-API-Key: $KASGATE_API_KEY" \\
  -H "Content-Type: application/json" \\
  -H "Idempotency-Key: order-1001" \\
  -d '{"amount": "12.5", "orderId": "1001"}'`,l=e=>`import json
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
print(session["id"], session["checkoutUrl"])`,u=e=>`const response = await fetch("${e}/api/v1/sessions", {
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
console.log(session.id, session.checkoutUrl);`,d=e=>`<?php
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
echo $session["id"], " ", $session["checkoutUrl"], "\\n";`,f=e=>`<script src="${e}/widget/kasgate.js"><\/script>
<kasgate-widget session-id="SESSION" api-url="${e}">
  <a href="${e}/pay/SESSION">Pay with Kaspa</a>
</kasgate-widget>`,p=e=>`import base64
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
    return event`,m=`OPEN = {"payment.pending", "payment.partial", "payment.confirming"}
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
    return "closed" if own and all(known["closed"] for known in own) else "open"`,h=`const OPEN = ["payment.pending", "payment.partial", "payment.confirming"];
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
}`,g=`<?php
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
}`;function _(e,t,n){let r=n(`Creates a session on your server. The shopper pays at its checkoutUrl.`),i=n(`Keeps the state of your orders from webhooks that were checked. Events may arrive in any order and more than once.`);return[{name:`curl`,about:r,code:c(e)},{name:`Python`,about:r,code:l(e)},{name:`JavaScript`,about:r,code:u(e)},{name:`PHP`,about:r,code:d(e)},{name:n(`Widget`),about:n(`Place this in your page. Replace SESSION with the ID of the session that your server created.`),code:f(e)},{name:n(`Webhook check`),about:n(`Checks a webhook in your Python handler. Pass header names in lower case, and answer with 2xx once the event is stored.`),code:p(t.id)},{name:n(`Orders ({{language}})`,{language:`Python`}),about:i,code:m},{name:n(`Orders ({{language}})`,{language:`JavaScript`}),about:i,code:h},{name:n(`Orders ({{language}})`,{language:`PHP`}),about:i,code:g}]}var v=r();function y({merchant:e}){let n=_(i(),e,t),[r,c]=(0,s.useState)(n[0]?.name),l=n.find(({name:e})=>e===r)??n[0];return l===void 0?null:(0,v.jsxs)(v.Fragment,{children:[(0,v.jsx)(`h1`,{children:t(`Integration`)}),(0,v.jsxs)(`section`,{className:`card`,children:[(0,v.jsxs)(`dl`,{children:[(0,v.jsx)(`dt`,{children:t(`Gateway`)}),(0,v.jsx)(`dd`,{className:`mono`,children:i()}),(0,v.jsx)(`dt`,{children:t(`Merchant ID`)}),(0,v.jsx)(`dd`,{className:`mono`,children:e.id}),(0,v.jsx)(`dt`,{children:t(`Webhook URL`)}),(0,v.jsx)(`dd`,{className:`mono`,children:e.webhookUrl??`–`})]}),(0,v.jsxs)(`p`,{className:`quiet`,children:[t(`Your server creates each payment with its API key; the API calls a payment a session. Your page needs the session ID only. A page is no proof of payment: ship when your webhook endpoint has received payment.confirmed, or when your server has asked the API.`),` `,(0,v.jsx)(`a`,{href:`${a}/docs/reference/`,children:t(`API reference`)})]})]}),(0,v.jsxs)(`section`,{className:`card`,children:[(0,v.jsx)(`div`,{className:`choice plain`,role:`group`,"aria-label":t(`Code example`),children:n.map(({name:e})=>(0,v.jsx)(`button`,{type:`button`,className:`button`,"aria-pressed":e===l.name,onClick:()=>c(e),children:e},e))}),(0,v.jsx)(`p`,{children:l.about}),(0,v.jsx)(`pre`,{tabIndex:0,"aria-label":l.name,children:l.code}),(0,v.jsx)(`div`,{className:`row`,children:(0,v.jsx)(o,{text:l.code,label:t(`Copy`)})})]})]})}export{y as default};