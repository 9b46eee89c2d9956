import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Bowser from "bowser";
import { dashboardSessions, endDashboardSession } from "../api/gateway";
import { When } from "../ui/Figures";
import { Failure, Loading } from "../ui/Notes";

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
      <h2 id="browsers">Signed-in browsers</h2>
      {list.error !== null && <Failure error={list.error} retry={() => void list.refetch()} />}
      {end.error !== null && <Failure error={end.error} />}
      {list.isPending && <Loading what="the list" />}
      <ul className="timeline">
        {list.data?.sessions.map((each) => (
          <li key={each.id}>
            <div>
              <strong title={each.userAgent}>{browserName(each.userAgent)}</strong>
              <br />
              last seen <When at={each.lastSeenAt} />, signed in{" "}
              {each.wayIn === "password" && "with the password "}
              <When at={each.createdAt} />
            </div>
            {each.current ? (
              <span className="quiet">this browser</span>
            ) : (
              <button type="button" className="button small" disabled={end.isPending} onClick={() => end.mutate(each.id)}>
                Sign out
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
  if (userAgent === undefined) return "Unknown browser";
  const { browser, os } = Bowser.parse(userAgent);
  if (!browser.name) return userAgent;
  return os.name ? `${browser.name} on ${os.name}` : browser.name;
}
