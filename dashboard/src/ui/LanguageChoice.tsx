import { useId } from "react";
import { chooseLanguage, language, LANGUAGES, t } from "../texts";

/** The choice of the dashboard's language. The page reloads in the chosen one. */
export function LanguageChoice() {
  const id = useId();
  if (LANGUAGES.length < 2) return null;
  return (
    <p className="language">
      <label htmlFor={id}>{t("Language")}</label>{" "}
      <select id={id} value={language()} onChange={(event) => chooseLanguage(event.currentTarget.value)}>
        {LANGUAGES.map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
    </p>
  );
}
