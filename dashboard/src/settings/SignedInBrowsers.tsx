import { Trans } from "react-i18next";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Bowser from "bowser";
import { dashboardSessions, endDashboardSession } from "../api/gateway";
import { When } from "../ui/Figures";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Notes";
import { t } from "../texts";

export function SignedInBrowsers() {
  const queries = useQueryClient();
  const list = useQuery({
    queryKey: ["dashboardSessions"],
    queryFn: ({ signal }) => dashboardSessions(signal),
  });
  const end = useMutation({
    mutationFn: endDashboardSession,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["dashboardSessions"] }),
  });
  return (
    <section className="card" aria-labelledby="browsers">
      <h2 id="browsers">{t("Signed-in browsers")}</h2>
      {list.error !== null && <Failure error={list.error} retry={() => void list.refetch()} />}
      {end.error !== null && <Failure error={end.error} />}
      {list.isPending && <Loading />}
      <ul className="timeline">
        {list.data?.sessions.map((each) => (
          <li key={each.id}>
            <div>
              <strong title={each.userAgent}>{browserName(each.userAgent)}</strong>
              <br />
              <Trans i18nKey="last seen <time/>" components={{ time: <When at={each.lastSeenAt} /> }} />
              {", "}
              {each.wayIn === "password" ? (
                <Trans i18nKey="signed in with the password <time/>" components={{ time: <When at={each.createdAt} /> }} />
              ) : (
                <Trans i18nKey="signed in <time/>" components={{ time: <When at={each.createdAt} /> }} />
              )}
            </div>
            {each.current ? (
              <span className="quiet">{t("this browser")}</span>
            ) : (
              <button type="button" className="button small" disabled={end.isPending} onClick={() => end.mutate(each.id)}>
                {t("Sign this browser out")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** For example "Firefox on Linux"; the raw user agent of an unknown browser. */
function browserName(userAgent: string | undefined): string {
  if (userAgent === undefined) return t("Unknown browser");
  const { browser, os } = Bowser.parse(userAgent);
  if (!browser.name) return userAgent;
  return os.name ? t("{{browser}} on {{system}}", { browser: browser.name, system: os.name }) : browser.name;
}
