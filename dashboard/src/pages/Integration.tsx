import { useState } from "react";
import { BASE_PATH, gatewayUrl } from "../place";
import type { PageProps } from "./page";
import { CopyButton } from "../ui/CopyButton";
import { snippets } from "./snippets";

/** Code examples for a shop, filled with this gateway's address. */
export default function Integration({ merchant }: PageProps) {
  const all = snippets(gatewayUrl(), merchant);
  const [chosen, setChosen] = useState(all[0]?.name);
  const snippet = all.find(({ name }) => name === chosen) ?? all[0];
  if (snippet === undefined) return null;
  return (
    <>
      <h1>Integration</h1>
      <section className="card">
        <dl>
          <dt>Gateway</dt>
          <dd className="mono">{gatewayUrl()}</dd>
          <dt>Merchant ID</dt>
          <dd className="mono">{merchant.id}</dd>
          <dt>Webhook URL</dt>
          <dd className="mono">{merchant.webhookUrl ?? "none"}</dd>
        </dl>
        <p className="quiet">
          Your server creates each payment with its API key; the API calls a payment a session. Your
          page needs the session ID only. A page is no proof of payment: ship when your webhook
          endpoint has received payment.confirmed, or when your server has asked the API. See the API
          reference at <a href={`${BASE_PATH}/docs/reference/`}>{BASE_PATH}/docs/reference/</a>.
        </p>
      </section>
      <section className="card">
        <div className="choice plain" role="group" aria-label="Code example">
          {all.map(({ name }) => (
            <button
              key={name}
              type="button"
              className="button"
              aria-pressed={name === snippet.name}
              onClick={() => setChosen(name)}
            >
              {name}
            </button>
          ))}
        </div>
        <p>{snippet.about}</p>
        <pre tabIndex={0} aria-label={snippet.name}>
          {snippet.code}
        </pre>
        <div className="row">
          <CopyButton text={snippet.code} label="Copy" />
        </div>
      </section>
    </>
  );
}
