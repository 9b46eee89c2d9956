import { CopyButton } from "./CopyButton";
import { download } from "./download";
import { t } from "../texts";

/** Secrets that cannot be shown again, to copy or to download. */
export function Secrets({ secrets, file }: { secrets: [name: string, value: string][]; file: string }) {
  const text = secrets.map(([name, value]) => `${name}=${value}\n`).join("");
  return (
    <div className="stack">
      <p className="note warn">{t("Shown only once. Save this with your server's secrets.")}</p>
      {secrets.map(([name, value]) => (
        <div key={name} className="secret">
          <p className="label">{name}</p>
          <code>{value}</code>
          <CopyButton text={value} label={t("Copy {{name}}", { name })} />
        </div>
      ))}
      <button type="button" className="button" onClick={() => download(text, file)}>
        {t("Download as a file")}
      </button>
    </div>
  );
}
