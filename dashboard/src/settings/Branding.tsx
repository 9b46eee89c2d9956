import { useId, useState, type ChangeEvent, type FormEvent } from "react";
import type { Merchant } from "../api/types";
import { gatewayUrl } from "../place";
import { Field, textOf } from "../ui/Field";
import { Failure } from "../ui/Failure";
import { Done, sentenceOf } from "../ui/Notes";
import { number, t } from "../texts";
import { contrast, isColor, LEAST_CONTRAST, PAGES, textColor } from "./contrast";
import { Preview } from "./Preview";
import type { Branding as Brand } from "./samples";
import { useLogoChange, useProfileChange } from "./useProfileChange";

const TYPES = "image/png,image/jpeg,image/webp";
const MAX_BYTES = 512 * 1024;
/** What the colour field shows before a colour is chosen. */
const FIRST_COLOR = "#0a7468";

/** The checkout's logo, colour and ways to reach the shop, with a preview. */
export function Branding({ merchant }: { merchant: Merchant }) {
  const [color, setColor] = useState(merchant.brandColor ?? "");
  const [support, setSupport] = useState({ url: merchant.supportUrl ?? "", email: merchant.supportEmail ?? "" });
  const branding: Brand = {
    color: isColor(color) ? color.toLowerCase() : undefined,
    logoUrl: merchant.logoUrl,
    supportUrl: support.url === "" ? undefined : support.url,
    supportEmail: support.email === "" ? undefined : support.email,
  };
  return (
    <>
      <div className="stack">
        <Logo merchant={merchant} />
        <Look color={color} setColor={setColor} support={support} setSupport={setSupport} />
      </div>
      <Preview merchant={merchant} branding={branding} />
    </>
  );
}

function Logo({ merchant }: { merchant: Merchant }) {
  const id = useId();
  const { mutate, error, isPending, reset } = useLogoChange();
  const [isTooLarge, setTooLarge] = useState(false);

  function choose(event: ChangeEvent<HTMLInputElement>): void {
    const file = event.currentTarget.files?.[0];
    // The same file can be chosen again after an error.
    event.currentTarget.value = "";
    if (file === undefined) return;
    reset();
    setTooLarge(file.size > MAX_BYTES);
    if (file.size <= MAX_BYTES) mutate(file);
  }

  return (
    <section className="card" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{t("Logo")}</h2>
      {(error !== null || isTooLarge) && (
        <p role="alert" className="note bad">
          {error === null ? t("This file is larger than 512 KiB. Choose a smaller one.") : sentenceOf(error)}
        </p>
      )}
      {merchant.logoUrl === undefined ? (
        <p className="quiet">{t("No logo yet. The checkout shows your name.")}</p>
      ) : (
        <div className="logos">
          <img className="logo light" src={gatewayUrl() + merchant.logoUrl} alt={t("Your logo on the light page")} />
          <img className="logo dark" src={gatewayUrl() + merchant.logoUrl} alt={t("Your logo on the dark page")} />
        </div>
      )}
      <div className="field">
        <label htmlFor={id}>{merchant.logoUrl === undefined ? t("Choose an image") : t("Replace it")}</label>
        <input id={id} name="logo" type="file" accept={TYPES} disabled={isPending} aria-describedby={`${id}-hint`} onChange={choose} />
        <p id={`${id}-hint`} className="quiet">
          {t("PNG, JPEG or WebP, at most 512 KiB. It is saved at once.")}
        </p>
      </div>
      {isPending && <p role="status">{t("Uploading…")}</p>}
      {merchant.logoUrl !== undefined && (
        <button type="button" className="button" disabled={isPending} onClick={() => mutate(null)}>
          {t("Remove logo")}
        </button>
      )}
    </section>
  );
}

interface Support {
  url: string;
  email: string;
}

interface LookProps {
  color: string;
  setColor: (color: string) => void;
  support: Support;
  setSupport: (support: Support) => void;
}

function Look({ color, setColor, support, setSupport }: LookProps) {
  const picker = useId();
  const { mutate, error, isPending, isSuccess } = useProfileChange();

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = (name: string): string | null => textOf(form, name) || null;
    mutate({
      body: {
        brandColor: given("brandColor"),
        supportUrl: given("supportUrl"),
        supportEmail: given("supportEmail"),
      },
    });
  }

  return (
    <form className="card" onSubmit={submit}>
      <h2>{t("Colour and support")}</h2>
      {error !== null && <Failure error={error} />}
      {isSuccess && <Done>{t("Saved. Open checkouts show it when they are loaded again.")}</Done>}
      <div className="colors">
        <Field
          name="brandColor"
          label={t("Colour of buttons (optional)")}
          value={color}
          onChange={({ currentTarget }) => setColor(currentTarget.value.trim())}
          placeholder={FIRST_COLOR}
          pattern="#[0-9a-fA-F]{6}"
          title={t("# and six hexadecimal digits")}
          maxLength={7}
          spellCheck={false}
          autoComplete="off"
          error={error}
          hint={t("Leave empty for the checkout's own colour.")}
        />
        <div className="field">
          <label htmlFor={picker}>{t("Pick")}</label>
          <input
            id={picker}
            type="color"
            value={isColor(color) ? color.toLowerCase() : FIRST_COLOR}
            onChange={({ currentTarget }) => setColor(currentTarget.value)}
          />
        </div>
      </div>
      {isColor(color) && <Contrast color={color.toLowerCase()} />}
      <Field
        name="supportUrl"
        label={t("Support page (optional)")}
        type="url"
        pattern="https://.*"
        title={t("An address that begins with https://")}
        placeholder="https://shop.example/help"
        value={support.url}
        onChange={({ currentTarget }) => setSupport({ ...support, url: currentTarget.value })}
        error={error}
        hint={t("Linked where the checkout says to contact the shop")}
      />
      <Field
        name="supportEmail"
        label={t("Support e-mail (optional)")}
        type="email"
        value={support.email}
        onChange={({ currentTarget }) => setSupport({ ...support, email: currentTarget.value })}
        error={error}
        hint={t("Shown to shoppers")}
      />
      <button type="submit" className="button main" disabled={isPending}>
        {t("Save branding")}
      </button>
    </form>
  );
}

/** The contrast of a colour with its text and with both pages, while it is chosen. */
function Contrast({ color }: { color: string }) {
  const text = textColor(color);
  const ratio = (other: string): string => number(contrast(color, other), { maximumFractionDigits: 1 });
  const isWeak = (page: string): boolean => contrast(color, page) < LEAST_CONTRAST;
  return (
    <div className="stack" role="status">
      <svg className="swatch" viewBox="0 0 160 44" aria-hidden="true">
        <rect width="160" height="44" rx="10" fill={color} />
        <text x="80" y="28" textAnchor="middle" fill={text}>
          {t("Open wallet")}
        </text>
      </svg>
      <ul className="plain">
        <li>
          {text === "#000000"
            ? t("Text on it is black: {{ratio}} : 1", { ratio: ratio(text) })
            : t("Text on it is white: {{ratio}} : 1", { ratio: ratio(text) })}
        </li>
        <li className={isWeak(PAGES.light) ? "wrong" : ""}>{t("On the light page: {{ratio}} : 1", { ratio: ratio(PAGES.light) })}</li>
        <li className={isWeak(PAGES.dark) ? "wrong" : ""}>{t("On the dark page: {{ratio}} : 1", { ratio: ratio(PAGES.dark) })}</li>
      </ul>
      {(isWeak(PAGES.light) || isWeak(PAGES.dark)) && (
        <p className="note warn">
          {t("Below 3 : 1 the shape of a button is hard to see on that page. Its text stays readable.")}
        </p>
      )}
    </div>
  );
}
