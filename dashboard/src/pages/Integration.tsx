import { useState } from "react";
import { BASE_PATH, gatewayUrl } from "../place";
import type { PageProps } from "./page";
import { CopyButton } from "../ui/CopyButton";
import { snippets } from "./snippets";
import { t } from "../texts";

/** Code examples for a shop, filled with this gateway's address. */
export default function Integration({ merchant }: PageProps) {
  const all = snippets(gatewayUrl(), merchant, t);
  const [chosen, setChosen] = useState(all[0]?.name);
  const snippet = all.find(({ name }) => name === chosen) ?? all[0];
  if (snippet === undefined) return null;
  return (
    <>
      <h1>{t("Integration")}</h1>
      <section className="card">
        <dl>
          <dt>{t("Gateway")}</dt>
          <dd className="mono">{gatewayUrl()}</dd>
          <dt>{t("Merchant ID")}</dt>
          <dd className="mono">{merchant.id}</dd>
          <dt>{t("Webhook URL")}</dt>
          <dd className="mono">{merchant.webhookUrl ?? "–"}</dd>
        </dl>
        <p className="quiet">
          {t("Your server creates each payment with its API key; the API calls a payment a session. Your page needs the session ID only. A page is no proof of payment: ship when your webhook endpoint has received payment.confirmed, or when your server has asked the API.")}{" "}
          <a href={`${BASE_PATH}/docs/reference/`}>{t("API reference")}</a>
        </p>
      </section>
      <section className="card">
        <div className="choice plain" role="group" aria-label={t("Code example")}>
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
          <CopyButton text={snippet.code} label={t("Copy")} />
        </div>
      </section>
    </>
  );
}
