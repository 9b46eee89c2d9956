/** Asks for the API key again before what only its holder may do. It is passed on, never stored. */

import { createContext, useContext, useState, type FormEvent, type ReactNode } from "react";
import { Dialog } from "./Dialog";
import { Field, textOf } from "./Field";

type Ask = (why: string) => Promise<string | undefined>;

const Asking = createContext<Ask>(async () => undefined);

/** Asks the person; undefined if they would rather not. */
export const useReauth = (): Ask => useContext(Asking);

export function ReauthProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<{ why: string; answer: (key?: string) => void }>();
  const ask: Ask = (why) =>
    new Promise((resolve) => {
      const answer = (key?: string): void => {
        setAsked(undefined);
        resolve(key);
      };
      setAsked({ why, answer });
    });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    asked?.answer(textOf(new FormData(event.currentTarget), "apiKey"));
  }
  return (
    <Asking value={ask}>
      {children}
      {asked !== undefined && (
        <Dialog title="Your API key, please" onClose={() => asked.answer()}>
          <form className="stack" onSubmit={submit}>
            <p>{asked.why}</p>
            <Field
              name="apiKey"
              label="API key"
              type="password"
              autoComplete="off"
              spellCheck={false}
              required
              autoFocus
              hint="Used for this one change and then forgotten."
            />
            <div className="row">
              <button type="submit" className="button main">
                Go on
              </button>
              <button type="button" className="button" onClick={() => asked.answer()}>
                Leave it
              </button>
            </div>
          </form>
        </Dialog>
      )}
    </Asking>
  );
}
