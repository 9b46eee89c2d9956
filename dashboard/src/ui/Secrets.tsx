import { CopyButton } from "./CopyButton";
import { download } from "./download";

/** Secrets that are shown this once, to copy or to keep as a file. */
export function Secrets({ secrets, file }: { secrets: [name: string, value: string][]; file: string }) {
  const text = secrets.map(([name, value]) => `${name}=${value}\n`).join("");
  return (
    <div className="stack">
      <p className="note warn">Shown this once. Keep them where your server keeps its secrets.</p>
      {secrets.map(([name, value]) => (
        <div key={name} className="secret">
          <p className="label">{name}</p>
          <code>{value}</code>
          <CopyButton text={value} label={`Copy ${name}`} />
        </div>
      ))}
      <button type="button" className="button" onClick={() => download(text, file)}>
        Download as a file
      </button>
    </div>
  );
}
