import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { newRecoveryCodes, passwordState, removePassword } from "../api/gateway";
import type { PasswordState, RecoveryCodes as Codes } from "../api/types";
import { When } from "../ui/Figures";
import { Failure } from "../ui/Failure";
import { Done, Loading } from "../ui/Notes";
import { useReauth } from "../ui/Reauth";
import { NewPassword } from "./NewPassword";
import { PasswordChange } from "./PasswordChange";
import { RecoveryCodes } from "./RecoveryCodes";
import { t } from "../texts";

const FEW = 3;

/** The settings for signing in with a password and an authenticator. */
export function PasswordSignIn({ email }: { email: string | undefined }) {
  const queries = useQueryClient();
  const state = useQuery({
    queryKey: ["password"],
    queryFn: ({ signal }) => passwordState(signal),
  });
  const [open, setOpen] = useState<"new" | "change">();
  const [codes, setCodes] = useState<Codes>();
  const [done, setDone] = useState<string>();
  const askProof = useReauth();

  function refresh(): void {
    for (const queryKey of [["password"], ["dashboardSessions"], ["audit"]]) {
      void queries.invalidateQueries({ queryKey });
    }
  }
  function finish(words?: string): void {
    setOpen(undefined);
    setDone(words);
    refresh();
  }
  const renew = useMutation({
    mutationFn: async () => {
      const proof = await askProof(t("Your current recovery codes stop working."));
      return proof === undefined ? undefined : newRecoveryCodes(proof);
    },
    onSuccess: (made) => {
      setCodes(made);
      refresh();
    },
  });
  const remove = useMutation({
    mutationFn: async () => {
      const proof = await askProof(
        t("From now on you can sign in only with an API key. Other browsers that signed in with the password are signed out."),
      );
      if (proof === undefined) return false;
      await removePassword(proof);
      return true;
    },
    onSuccess: (isGone) => {
      if (isGone) finish(t("The password was removed."));
    },
  });
  const isBusy = renew.isPending || remove.isPending;
  const { data } = state;
  return (
    <section className="card" aria-labelledby="password-sign-in">
      <h2 id="password-sign-in">{t("Password sign-in")}</h2>
      {state.error !== null && <Failure error={state.error} retry={() => void state.refetch()} />}
      {renew.error !== null && <Failure error={renew.error} />}
      {remove.error !== null && <Failure error={remove.error} />}
      {done !== undefined && <Done>{done}</Done>}
      {state.isPending && <Loading />}
      {data?.enabled === false && (
        <>
          <p className="quiet">
            {t("You can sign in with a password and an authenticator app instead of the API key. The API itself accepts only API keys.")}
          </p>
          <button type="button" className="button" onClick={() => setOpen("new")}>
            {t("Set up a password…")}
          </button>
        </>
      )}
      {data?.enabled === true && (
        <>
          <State state={data} />
          <button type="button" className="button" disabled={isBusy} onClick={() => setOpen("change")}>
            {t("Change login or password…")}
          </button>
          <button type="button" className="button" disabled={isBusy} onClick={() => setOpen("new")}>
            {t("Replace authenticator…")}
          </button>
          <button type="button" className="button" disabled={isBusy} onClick={() => renew.mutate()}>
            {t("Create new recovery codes…")}
          </button>
          <button type="button" className="button" disabled={isBusy} onClick={() => remove.mutate()}>
            {t("Remove password…")}
          </button>
        </>
      )}
      {open === "new" && (
        <NewPassword
          login={data?.login ?? email}
          onMade={(made) => {
            setCodes(made);
            finish(t("You can now sign in with login, password and code."));
          }}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open === "change" && (
        <PasswordChange
          login={data?.login}
          onChanged={(changed) => {
            queries.setQueryData(["password"], changed);
            finish(t("The change was saved."));
          }}
          onClose={() => setOpen(undefined)}
        />
      )}
      {codes !== undefined && <RecoveryCodes codes={codes} onClose={() => setCodes(undefined)} />}
    </section>
  );
}

function State({ state }: { state: PasswordState }) {
  const left = state.recoveryCodesLeft ?? 0;
  return (
    <>
      <dl>
        <dt>{t("Login")}</dt>
        <dd>{state.login}</dd>
        <dt>{t("Password set")}</dt>
        <dd>{state.changedAt !== undefined && <When at={state.changedAt} />}</dd>
        <dt>{t("Recovery codes left")}</dt>
        <dd>{left}</dd>
      </dl>
      {left <= FEW && (
        <p className="note warn">{t("Only a few recovery codes are left. Create new ones.")}</p>
      )}
    </>
  );
}
