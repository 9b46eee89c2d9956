/**
 * Asks the merchant to authenticate again before an action for which the cookie is not enough. An API
 * key is passed on and never stored. The gateway itself remembers that password and code were right.
 */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useState, type FormEvent, type ReactNode } from "react";
import type { Proof } from "../api/client";
import { passwordState, showPassword } from "../api/gateway";
import type { SignedIn, WayIn } from "../api/types";
import { Dialog, DialogButtons } from "./Dialog";
import { Field, passwordOf, textOf } from "./Field";
import { Failure } from "./Failure";
import { PasswordFields, WayInChoice } from "./WayIn";
import { t } from "../texts";

type Ask = (why: string) => Promise<Proof | undefined>;
type Answer = (proof?: Proof) => void;

/** The gateway remembers for five minutes; one minute is left for reading the next dialog. */
const REMEMBERED_MS = 4 * 60_000;

const Asking = createContext<Ask>(async () => undefined);

/** A function that asks for the proof. It resolves to undefined if the merchant cancels. */
export const useReauth = (): Ask => useContext(Asking);

export function ReauthProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<{ why: string; answer: Answer }>();
  const [shown, setShown] = useState<{ session: string | undefined; until: number }>();
  const session = useQueryClient().getQueryData<SignedIn | null>(["signedIn"])?.sessionId;
  const ask: Ask = (why) =>
    new Promise((resolve) => {
      const answer: Answer = (proof) => {
        setAsked(undefined);
        resolve(proof);
      };
      setAsked({ why, answer });
    });
  const isRemembered = shown !== undefined && shown.session === session && Date.now() < shown.until;
  return (
    <Asking value={ask}>
      {children}
      {asked !== undefined &&
        (isRemembered ? (
          <Confirmation {...asked} />
        ) : (
          <Question
            {...asked}
            onShown={() => setShown({ session, until: Date.now() + REMEMBERED_MS })}
          />
        ))}
    </Asking>
  );
}

/** The proof is remembered, but the merchant still has to confirm the action. */
function Confirmation({ why, answer }: { why: string; answer: Answer }) {
  return (
    <Dialog title={t("Confirm this change")} onClose={() => answer()}>
      <p>{why}</p>
      <div className="row">
        <button type="button" className="button main" onClick={() => answer({})}>
          {t("Continue")}
        </button>
        <button type="button" className="button" onClick={() => answer()}>
          {t("Cancel")}
        </button>
      </div>
    </Dialog>
  );
}

interface QuestionProps {
  why: string;
  answer: Answer;
  onShown: () => void;
}

function Question({ why, answer, onShown }: QuestionProps) {
  const cameIn = useQueryClient().getQueryData<SignedIn | null>(["signedIn"])?.wayIn;
  const { data } = useQuery({
    queryKey: ["password"],
    queryFn: ({ signal }) => passwordState(signal),
  });
  const [chosen, setChosen] = useState<WayIn>();
  const hasPassword = data?.enabled ?? cameIn === "password";
  const way = hasPassword ? (chosen ?? cameIn ?? "api_key") : "api_key";
  const { mutate, error, isPending } = useMutation({
    mutationFn: ({ password, code }: { password: string; code: string }) =>
      showPassword(password, code),
    onSuccess: () => {
      onShown();
      answer({});
    },
  });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    if (way === "api_key") answer({ apiKey: textOf(form, "apiKey") });
    else mutate({ password: passwordOf(form, "password"), code: textOf(form, "code") });
  }
  return (
    <Dialog
      title={way === "api_key" ? t("Enter your API key") : t("Enter your password")}
      onClose={() => answer()}
    >
      <form className="stack" onSubmit={submit}>
        <p>{why}</p>
        {hasPassword && <WayInChoice way={way} onChoose={setChosen} />}
        {error !== null && way === "password" && <Failure error={error} />}
        {way === "api_key" ? (
          <Field
            name="apiKey"
            label={t("API key")}
            type="password"
            autoComplete="off"
            spellCheck={false}
            required
            data-focus
            hint={t("Used for this change only. The key is not stored.")}
          />
        ) : (
          <PasswordFields />
        )}
        <DialogButtons submit={t("Continue")} isPending={isPending} onClose={() => answer()} />
      </form>
    </Dialog>
  );
}
