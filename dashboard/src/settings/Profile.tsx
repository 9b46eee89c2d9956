import type { FormEvent } from "react";
import type { Merchant } from "../api/types";
import { Field, textOf } from "../ui/Field";
import { Failure } from "../ui/Failure";
import { useReauth } from "../ui/Reauth";
import { useProfileChange } from "./useProfileChange";
import { t } from "../texts";

/** Name, e-mail, webhook URL and the allowed embed domains. */
export function Profile({ merchant }: { merchant: Merchant }) {
  const askProof = useReauth();
  const { mutate, error, isPending } = useProfileChange();

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const email = textOf(form, "email");
    const webhookUrl = textOf(form, "webhookUrl");
    const body = {
      name: textOf(form, "name"),
      embedOrigins: textOf(form, "embedOrigins").split(/\s+/).filter(Boolean),
      ...(email === "" ? {} : { email }),
    };
    if (webhookUrl === (merchant.webhookUrl ?? "")) return mutate({ body });
    const proof = await askProof(t("Payment events are sent to the webhook URL."));
    if (proof === undefined) return;
    mutate({ body: { ...body, webhookUrl: webhookUrl === "" ? null : webhookUrl }, reauth: proof });
  }

  return (
    <form className="card" onSubmit={(event) => void submit(event)}>
      <h2>{t("Profile")}</h2>
      {error !== null && <Failure error={error} />}
      <Field name="name" label={t("Name")} required maxLength={100} defaultValue={merchant.name} error={error} hint={t("Shown to shoppers")} />
      <Field name="email" label={t("E-mail (optional)")} type="email" defaultValue={merchant.email} error={error} />
      <Field
        name="webhookUrl"
        label={t("Webhook URL")}
        type="url"
        defaultValue={merchant.webhookUrl}
        error={error}
        hint={t("Leave empty for none. A change asks for your API key or password.")}
      />
      <Field
        name="embedOrigins"
        label={t("Allowed embed domains")}
        defaultValue={merchant.embedOrigins.join(" ")}
        placeholder="https://shop.example"
        error={error}
        hint={t("Separate sites by spaces. None by default.")}
      />
      <button type="submit" className="button main" disabled={isPending}>
        {t("Save profile")}
      </button>
    </form>
  );
}
