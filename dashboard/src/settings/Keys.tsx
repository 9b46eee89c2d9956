import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { apiKeys, createApiKey, newApiKey, renameApiKey, revokeApiKey } from "../api/gateway";
import type { ApiKey, NewKey } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Notes";
import { useReauth } from "../ui/Reauth";
import { Secrets } from "../ui/Secrets";
import { KeyNameDialog, NewKeyDialog } from "./KeyDialogs";
import { KeyRow } from "./KeyRow";
import { t } from "../texts";

type Doing = "creating" | { renaming: ApiKey };

const REPLACE = t("The key that you signed in with stops working immediately, everywhere it is used.");
const revoking = (name: string): string =>
  t("The key “{{name}}” stops working immediately, everywhere it is used.", { name });

/** The merchant's API keys: create, rename, replace and revoke them. */
export function Keys() {
  const askKey = useReauth();
  const queries = useQueryClient();
  const [doing, setDoing] = useState<Doing>();
  const [made, setMade] = useState<string>();
  const list = useQuery({ queryKey: ["apiKeys"], queryFn: ({ signal }) => apiKeys(signal) });
  function changed(): void {
    setDoing(undefined);
    void queries.invalidateQueries({ queryKey: ["apiKeys"] });
    void queries.invalidateQueries({ queryKey: ["dashboardSessions"] });
    void queries.invalidateQueries({ queryKey: ["audit"] });
  }
  const create = useMutation({
    mutationFn: async (body: NewKey) => {
      const proof = await askKey(t("Anyone who has the new key can use its permissions."));
      return proof === undefined ? undefined : createApiKey(body, proof);
    },
    onSuccess: (answer) => {
      if (answer === undefined) return;
      setMade(answer.apiKey);
      changed();
    },
  });
  const rename = useMutation({
    mutationFn: ({ key, name }: { key: ApiKey; name: string }) => renameApiKey(key.id, name),
    onSuccess: changed,
  });
  const end = useMutation({
    mutationFn: async ({ key, replace }: { key: ApiKey; replace: boolean }) => {
      const proof = await askKey(replace ? REPLACE : revoking(key.name));
      if (proof === undefined) return undefined;
      if (replace) return (await newApiKey(proof)).apiKey;
      await revokeApiKey(key.id, proof);
      return undefined;
    },
    onSuccess: (text) => {
      setMade(text);
      changed();
    },
  });

  function start(next: Doing): void {
    create.reset();
    rename.reset();
    end.reset();
    setDoing(next);
  }

  return (
    <section className="card wide" aria-labelledby="keys">
      <h2 id="keys">{t("API keys")}</h2>
      <p className="quiet">
        {t("Give each server and each script its own key with only the permissions it needs. You can then revoke a leaked key and keep the others. The signing secret is on the Webhooks page.")}
      </p>
      {list.error !== null && <Failure error={list.error} retry={() => void list.refetch()} />}
      {end.error !== null && <Failure error={end.error} />}
      {list.isPending && <Loading />}
      <ul className="timeline">
        {list.data?.keys.map((key) => (
          <KeyRow
            key={key.id}
            apiKey={key}
            isBusy={end.isPending}
            onRename={() => start({ renaming: key })}
            onReplace={() => end.mutate({ key, replace: true })}
            onRevoke={() => end.mutate({ key, replace: false })}
          />
        ))}
      </ul>
      <div className="row">
        <button type="button" className="button" onClick={() => start("creating")}>
          {t("New API key…")}
        </button>
      </div>
      {doing === "creating" && (
        <NewKeyDialog
          error={create.error}
          isBusy={create.isPending}
          onSubmit={create.mutate}
          onClose={() => setDoing(undefined)}
        />
      )}
      {typeof doing === "object" && (
        <KeyNameDialog
          name={doing.renaming.name}
          error={rename.error}
          isBusy={rename.isPending}
          onSubmit={(name) => rename.mutate({ key: doing.renaming, name })}
          onClose={() => setDoing(undefined)}
        />
      )}
      {made !== undefined && (
        <Dialog title={t("Your new API key")} onClose={() => setMade(undefined)}>
          <Secrets secrets={[["KASGATE_API_KEY", made]]} file="kasgate-api-key.txt" />
          <button type="button" className="button main" onClick={() => setMade(undefined)}>
            {t("I have saved it")}
          </button>
        </Dialog>
      )}
    </section>
  );
}
