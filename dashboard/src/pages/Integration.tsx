import { useState } from "react";
import { BASE_PATH, gatewayUrl } from "../place";
import type { PageProps } from "./page";
import { CopyButton } from "../ui/CopyButton";
import { snippets } from "./snippets";

/** How a shop talks to this gateway, in code that carries this gateway's own address. */
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
          <dt>Merchant id</dt>
          <dd className="mono">{merchant.id}</dd>
          <dt>Webhook URL</dt>
          <dd className="mono">{merchant.webhookUrl ?? "none"}</dd>
        </dl>
        <p className="quiet">
          Your server makes the session with its API key; the page gets the session's id alone. What
          a page says is no proof of payment: ship when your webhook was told so, or when your
          server asked. All calls are described at <a href={`${BASE_PATH}/docs`}>{BASE_PATH}/docs</a>.
        </p>
      </section>
      <section className="card">
        <div className="choice plain" role="group" aria-label="Which snippet">
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
