import { useQuery } from "@tanstack/react-query";
import type { PageProps } from "./page";
import { profile } from "../api/gateway";
import { AuditLog } from "../settings/AuditLog";
import { Keys } from "../settings/Keys";
import { PasswordSignIn } from "../settings/PasswordSignIn";
import { PaymentRules } from "../settings/PaymentRules";
import { PaymentTimes } from "../settings/PaymentTimes";
import { Profile } from "../settings/Profile";
import { SignedInBrowsers } from "../settings/SignedInBrowsers";
import { WalletKey } from "../settings/WalletKey";
import { t } from "../texts";

export default function Settings({ merchant }: PageProps) {
  const { data } = useQuery({
    queryKey: ["profile"],
    queryFn: ({ signal }) => profile(signal),
    // The profile from the sign-in is shown until the answer arrives.
    initialData: merchant,
    initialDataUpdatedAt: 0,
  });
  return (
    <>
      <h1>{t("Settings")}</h1>
      <div className="columns">
        <Profile key={`profile ${data.updatedAt}`} merchant={data} />
        <PaymentRules key={`rules ${data.updatedAt}`} merchant={data} />
        <PaymentTimes key={`times ${data.updatedAt}`} merchant={data} />
        <Keys />
        <PasswordSignIn email={data.email} />
        <WalletKey />
        <SignedInBrowsers />
        <AuditLog />
      </div>
    </>
  );
}
