import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { changePassword } from "../api/gateway";
import type { PasswordState } from "../api/types";
import { Dialog, DialogButtons } from "../ui/Dialog";
import { textOf } from "../ui/Field";
import { Failure } from "../ui/Failure";
import { useReauth } from "../ui/Reauth";
import { LoginField, NewPasswordFields, twice } from "./NewPassword";
import { t } from "../texts";

interface PasswordChangeProps {
  login: string | undefined;
  onChanged: (state: PasswordState) => void;
  onClose: () => void;
}

/** Changes the login or the password. The authenticator stays. */
export function PasswordChange({ login, onChanged, onClose }: PasswordChangeProps) {
  const askProof = useReauth();
  const [isDifferent, setIsDifferent] = useState(false);
  const { mutate, error, isPending } = useMutation({
    mutationFn: async (body: { login: string; password?: string }) => {
      const proof = await askProof(
        body.password === undefined
          ? t("From now on you sign in with this login.")
          : t("All other browsers are signed out."),
      );
      return proof === undefined ? undefined : changePassword(body, proof);
    },
    onSuccess: (state) => {
      if (state !== undefined) onChanged(state);
    },
  });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const password = twice(form);
    setIsDifferent(password === undefined);
    if (password === undefined) return;
    mutate({ login: textOf(form, "login"), ...(password === "" ? {} : { password }) });
  }
  return (
    <Dialog title={t("Change login or password")} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {error !== null && <Failure error={error} />}
        <LoginField login={login} error={error} />
        <NewPasswordFields
          label={t("New password (leave empty to keep the current one)")}
          error={error}
          isDifferent={isDifferent}
          required={false}
        />
        <DialogButtons submit={t("Change")} isPending={isPending} onClose={onClose} />
      </form>
    </Dialog>
  );
}
