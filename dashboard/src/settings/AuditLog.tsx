import { useInfiniteQuery } from "@tanstack/react-query";
import { audit } from "../api/gateway";
import { Link } from "../router";
import { When } from "../ui/Figures";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Notes";
import { beforeOf, actionOf, authorOf } from "./auditText";
import { t } from "../texts";

export function AuditLog() {
  const log = useInfiniteQuery({
    queryKey: ["audit"],
    queryFn: ({ pageParam, signal }) => audit({ limit: 20, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
  });
  const entries = log.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <section className="card wide" aria-labelledby="audit">
      <h2 id="audit">{t("Audit log")}</h2>
      {log.error !== null && <Failure error={log.error} retry={() => void log.refetch()} />}
      {log.isPending && <Loading />}
      {log.isSuccess && entries.length === 0 && <p className="quiet">{t("No entries yet.")}</p>}
      <ol className="timeline">
        {entries.map((entry) => (
          <li key={entry.id}>
            <div className="grow">
              <strong>{actionOf(entry)}</strong>
              {entry.note !== undefined && <p>“{entry.note}”</p>}
              {beforeOf(entry) !== undefined && <p>{beforeOf(entry)}</p>}
              <p className="quiet">
                {authorOf(entry)}, <When at={entry.createdAt} precise />
              </p>
            </div>
            {entry.sessionId !== undefined && <Link to={`/sessions/${entry.sessionId}`}>{t("View payment")}</Link>}
          </li>
        ))}
      </ol>
      {log.hasNextPage && (
        <button type="button" className="button" onClick={() => void log.fetchNextPage()}>
          {t("Show older")}
        </button>
      )}
    </section>
  );
}
