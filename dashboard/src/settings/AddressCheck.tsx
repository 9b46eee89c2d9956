import type { XpubPreview } from "../api/types";
import { t } from "../texts";

/** The first addresses of an extended public key, for comparison with the wallet. */
export function AddressCheck({ preview }: { preview: XpubPreview }) {
  return (
    <div className="stack">
      <dl>
        <dt>{t("Network")}</dt>
        <dd>{preview.network}</dd>
        <dt>{t("Account")}</dt>
        <dd>{preview.account}</dd>
      </dl>
      {preview.warnings.map((warning) => (
        <p key={warning} className="note warn">
          {warning}
        </p>
      ))}
      <h2>{t("Do these match your wallet?")}</h2>
      <p>{t("Open the receiving addresses of this account in your wallet. The first five must be these:")}</p>
      <ol className="addresses">
        {preview.addresses.map((address) => (
          <li key={address} className="mono">
            {address}
          </li>
        ))}
      </ol>
      <p className="quiet">
        {t("Each payment uses the next address. Most wallets stop scanning after 20 unused addresses in a row (the gap limit). If many payments stay unpaid, raise the gap limit in your wallet. Otherwise it may not show KAS that arrived, although the KAS is safe on the network.")}
      </p>
    </div>
  );
}
