import type { RecoveryCodes as Codes } from "../api/types";
import { CopyButton } from "../ui/CopyButton";
import { Dialog } from "../ui/Dialog";
import { download } from "../ui/download";
import { t } from "../texts";

function asText({ login, recoveryCodes }: Codes): string {
  const head = t("Recovery codes for {{login}} at {{host}} (KasGate). Each works once.", { login, host: location.host });
  return [head, "", ...recoveryCodes, ""].join("\n");
}

/** Shows recovery codes, which the gateway cannot show again. */
export function RecoveryCodes({ codes, onClose }: { codes: Codes; onClose: () => void }) {
  return (
    <Dialog title={t("Your recovery codes")} onClose={onClose}>
      <p>
        {t("If you lose your authenticator, use one of these instead of its code. Each works once. Print them, or store them with your passwords.")}
      </p>
      <p className="note warn">{t("Shown only once.")}</p>
      <ol className="codes">
        {codes.recoveryCodes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className="row">
        <CopyButton text={codes.recoveryCodes.join("\n")} label={t("Copy codes")} />
        <button
          type="button"
          className="button small"
          onClick={() => download(asText(codes), "kasgate-recovery-codes.txt")}
        >
          {t("Download as a file")}
        </button>
      </div>
      <button type="button" className="button main" onClick={onClose}>
        {t("I have saved them")}
      </button>
    </Dialog>
  );
}
