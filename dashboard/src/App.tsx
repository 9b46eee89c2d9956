import { useEffect, useMemo, useState } from "react";
import { ApiError, MerchantApi, type CreatedSession, type Profile } from "./api";
import { Health } from "./Health";
import { LiveSession } from "./LiveSession";
import { NewSessionForm } from "./NewSessionForm";
import { ProfileCard } from "./ProfileCard";
import { SignIn } from "./SignIn";

/** The key lives as long as this tab does and is never written anywhere else. */
const KEY_SLOT = "kasgate.apiKey";

export function App() {
  const [key, setKey] = useState(() => sessionStorage.getItem(KEY_SLOT));
  const [refusal, setRefusal] = useState<string>();

  function signIn(given: string): void {
    sessionStorage.setItem(KEY_SLOT, given);
    setRefusal(undefined);
    setKey(given);
  }

  function signOut(reason?: string): void {
    sessionStorage.removeItem(KEY_SLOT);
    setRefusal(reason);
    setKey(null);
  }

  return (
    <>
      <header>
        <h1>KasGate</h1>
        <Health />
        {key !== null && (
          <button type="button" onClick={() => signOut()}>
            Sign out
          </button>
        )}
      </header>
      <main>
        {key === null ? (
          <SignIn refusal={refusal} onKey={signIn} />
        ) : (
          <Workplace key={key} apiKey={key} onRefused={signOut} />
        )}
      </main>
    </>
  );
}

interface WorkplaceProps {
  apiKey: string;
  onRefused: (reason: string) => void;
}

function Workplace({ apiKey, onRefused }: WorkplaceProps) {
  const api = useMemo(() => new MerchantApi(apiKey), [apiKey]);
  const [profile, setProfile] = useState<Profile>();
  const [problem, setProblem] = useState<string>();
  const [session, setSession] = useState<CreatedSession>();

  useEffect(() => {
    const abort = new AbortController();
    api.profile(abort.signal).then(setProfile, (error: unknown) => {
      if (abort.signal.aborted) return;
      if (error instanceof ApiError && error.status === 401) onRefused("This key is not valid.");
      else setProblem(error instanceof Error ? error.message : String(error));
    });
    return () => abort.abort();
    // onRefused is a new function at each render of its owner; the key alone decides.
  }, [api]);

  if (problem !== undefined) return <p role="alert">{problem}</p>;
  if (profile === undefined) return <p role="status">Loading your profile…</p>;
  return (
    <>
      <ProfileCard profile={profile} />
      <NewSessionForm api={api} onCreated={setSession} />
      {session !== undefined && <LiveSession key={session.id} created={session} />}
    </>
  );
}
