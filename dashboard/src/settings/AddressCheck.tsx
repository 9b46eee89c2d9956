import type { XpubPreview } from "../api/types";

/** The first addresses of an extended public key, to be compared with the wallet's own. */
export function AddressCheck({ preview }: { preview: XpubPreview }) {
  return (
    <div className="stack">
      <dl>
        <dt>Network</dt>
        <dd>{preview.network}</dd>
        <dt>Account</dt>
        <dd>{preview.account}</dd>
      </dl>
      {preview.warnings.map((warning) => (
        <p key={warning} className="note warn">
          {warning}
        </p>
      ))}
      <h2>Do these match your wallet?</h2>
      <p>Open the receiving addresses of this account in your wallet. The first five must be these:</p>
      <ol className="addresses">
        {preview.addresses.map((address) => (
          <li key={address} className="mono">
            {address}
          </li>
        ))}
      </ol>
      <p className="quiet">
        Each session takes the next address. Most wallets stop looking after 20 unused ones in a
        row, the gap limit: after many unpaid sessions, raise it in your wallet, or money that
        arrived may not show there. It is on the network, and yours, all the same.
      </p>
    </div>
  );
}
