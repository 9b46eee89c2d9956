import { Trans } from "react-i18next";
import type { ApiKey } from "../api/types";
import { When } from "../ui/Figures";
import { SCOPES } from "./scopes";
import { t } from "../texts";

interface KeyRowProps {
  apiKey: ApiKey;
  isBusy: boolean;
  onRename: () => void;
  onReplace: () => void;
  onRevoke: () => void;
}

/** One key: its name, its permissions and its buttons. */
export function KeyRow({ apiKey, isBusy, onRename, onReplace, onRevoke }: KeyRowProps) {
  const { name, scope, hint, createdAt, lastUsedAt, current } = apiKey;
  const scopeText = SCOPES[scope];
  return (
    <li>
      <div className="grow">
        <strong>{name}</strong>{" "}
        <span className="badge" title={scopeText.means}>
          {scopeText.label}
        </span>
        {current && <span className="quiet"> {t("you signed in with this key")}</span>}
        <br />
        {hint !== undefined && <code>{hint}</code>}
        <p className="quiet">
          {lastUsedAt === undefined ? (
            t("never used")
          ) : (
            <Trans i18nKey="last used <time/>" components={{ time: <When at={lastUsedAt} /> }} />
          )}
          {", "}
          <Trans i18nKey="created <time/>" components={{ time: <When at={createdAt} /> }} />
        </p>
      </div>
      <div className="row">
        <button type="button" className="button small" onClick={onRename}>
          {t("Rename…")}
          <span className="unseen"> {name}</span>
        </button>
        {current && (
          <button type="button" className="button small" disabled={isBusy} onClick={onReplace}>
            {t("Replace…")}
            <span className="unseen"> {name}</span>
          </button>
        )}
        <button type="button" className="button small" disabled={isBusy} onClick={onRevoke}>
          {t("Revoke…")}
          <span className="unseen"> {name}</span>
        </button>
      </div>
    </li>
  );
}
