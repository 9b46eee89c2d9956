import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { newRecoveryCodes, passwordState, removePassword } from "../api/gateway";
import type { PasswordState, RecoveryCodes as Codes } from "../api/types";
import { When } from "../ui/Figures";
import { Done, Failure, Loading } from "../ui/Notes";
import { useReauth } from "../ui/Reauth";
import { NewPassword } from "./NewPassword";
import { PasswordChange } from "./PasswordChange";
import { RecoveryCodes } from "./RecoveryCodes";

const FEW = 3;

/** Signing in with a password and an authenticator in place of the API key. */
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
      const proof = await askProof("The recovery codes that you have now stop working.");
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
        "From now on only the API key opens the dashboard. Other browsers that were signed in with the password are signed out.",
      );
      if (proof === undefined) return false;
      await removePassword(proof);
      return true;
    },
    onSuccess: (isGone) => {
      if (isGone) finish("The password was removed.");
    },
  });
  const isBusy = renew.isPending || remove.isPending;
  const { data } = state;
  return (
    <section className="card" aria-labelledby="password-sign-in">
      <h2 id="password-sign-in">Signing in with a password</h2>
      {state.error !== null && <Failure error={state.error} retry={() => void state.refetch()} />}
      {renew.error !== null && <Failure error={renew.error} />}
      {remove.error !== null && <Failure error={remove.error} />}
      {done !== undefined && <Done>{done}</Done>}
      {state.isPending && <Loading what="how you sign in" />}
      {data?.enabled === false && (
        <>
          <p className="quiet">
            So that you need not carry the API key around: a login, a password and the codes of an
            authenticator app open this dashboard too. The API itself goes on taking keys alone.
          </p>
          <button type="button" className="button" onClick={() => setOpen("new")}>
            Set up a password…
          </button>
        </>
      )}
      {data?.enabled === true && (
        <>
          <State state={data} />
          <button type="button" className="button" disabled={isBusy} onClick={() => setOpen("change")}>
            Change…
          </button>
          <button type="button" className="button" disabled={isBusy} onClick={() => setOpen("new")}>
            Another authenticator…
          </button>
          <button type="button" className="button" disabled={isBusy} onClick={() => renew.mutate()}>
            New recovery codes…
          </button>
          <button type="button" className="button" disabled={isBusy} onClick={() => remove.mutate()}>
            Remove…
          </button>
        </>
      )}
      {open === "new" && (
        <NewPassword
          login={data?.login ?? email}
          onMade={(made) => {
            setCodes(made);
            finish("From now on login, password and a code open the dashboard.");
          }}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open === "change" && (
        <PasswordChange
          login={data?.login}
          onChanged={(changed) => {
            queries.setQueryData(["password"], changed);
            finish("Changed.");
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
        <dt>Login</dt>
        <dd>{state.login}</dd>
        <dt>Password set</dt>
        <dd>{state.changedAt !== undefined && <When at={state.changedAt} />}</dd>
        <dt>Recovery codes left</dt>
        <dd>{left}</dd>
      </dl>
      {left <= FEW && (
        <p className="note warn">Make new recovery codes before you need the last of them.</p>
      )}
    </>
  );
}
