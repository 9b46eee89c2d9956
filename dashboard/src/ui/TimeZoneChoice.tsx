import { useId } from "react";
import { t } from "../texts";
import { chooseZone, chosenZone, zones } from "./zones";

/** The choice of the time zone of days and times. The page reloads in the chosen one. */
export function TimeZoneChoice() {
  const id = useId();
  const chosen = chosenZone();
  return (
    <p className="language">
      <label htmlFor={id}>{t("Time zone")}</label>{" "}
      <select id={id} value={chosen} onChange={(event) => chooseZone(event.currentTarget.value)}>
        <option value="">{t("As in this browser ({{zone}})", { zone: zones("")[0] })}</option>
        {zones(chosen).map((zone) => (
          <option key={zone} value={zone}>
            {zone.replaceAll("_", " ")}
          </option>
        ))}
      </select>
    </p>
  );
}
