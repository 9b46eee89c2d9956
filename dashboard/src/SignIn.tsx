import type { FormEvent } from "react";

interface SignInProps {
  refusal: string | undefined;
  onKey: (key: string) => void;
}

export function SignIn({ refusal, onKey }: SignInProps) {
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get("key") ?? "").trim();
    if (key !== "") onKey(key);
  }

  return (
    <form className="card" onSubmit={submit}>
      <h2>Sign in</h2>
      <label>
        API key
        <input name="key" type="password" autoComplete="off" spellCheck={false} required />
      </label>
      <p className="quiet">Kept in this tab only, until you sign out or close it.</p>
      {refusal !== undefined && <p role="alert">{refusal}</p>}
      <button type="submit">Sign in</button>
    </form>
  );
}
