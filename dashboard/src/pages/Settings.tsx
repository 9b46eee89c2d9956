import { useQuery } from "@tanstack/react-query";
import type { ComponentType } from "react";
import type { PageProps } from "./page";
import { profile } from "../api/gateway";
import type { Merchant } from "../api/types";
import { Link } from "../router";
import { AuditLog } from "../settings/AuditLog";
import { Branding } from "../settings/Branding";
import { DisplayCurrency } from "../settings/DisplayCurrency";
import { Keys } from "../settings/Keys";
import { PasswordSignIn } from "../settings/PasswordSignIn";
import { PaymentRules } from "../settings/PaymentRules";
import { PaymentTimes } from "../settings/PaymentTimes";
import { Profile } from "../settings/Profile";
import { SignedInBrowsers } from "../settings/SignedInBrowsers";
import { WalletKey } from "../settings/WalletKey";
import { t } from "../texts";

type Tab = ComponentType<{ merchant: Merchant }>;

/** The tabs, by the last part of their address. The first one is at /settings. */
const TABS: readonly (readonly [path: string, name: string, tab: Tab])[] = [
  ["", t("Profile"), Profile],
  ["branding", t("Branding"), Branding],
  ["payments", t("Payments"), Payments],
  ["wallet", t("Wallet"), WalletKey],
  ["keys", t("API keys"), Keys],
  ["sign-in", t("Sign-in"), SignIn],
  ["audit", t("Audit log"), AuditLog],
];

export default function Settings({ merchant, rest }: PageProps) {
  const { data } = useQuery({
    queryKey: ["profile"],
    queryFn: ({ signal }) => profile(signal),
    // The profile from the sign-in is shown until the answer arrives.
    initialData: merchant,
    initialDataUpdatedAt: 0,
  });
  const Shown = TABS.find(([path]) => path === rest)?.[2] ?? Profile;
  return (
    <>
      <h1>{t("Settings")}</h1>
      <nav className="tabs" aria-label={t("Settings")}>
        {TABS.map(([path, name, tab]) => (
          <Link key={path} to={path === "" ? "/settings" : `/settings/${path}`} current={tab === Shown}>
            {name}
          </Link>
        ))}
      </nav>
      <div className="columns">
        {/* A form begins again with the values that were saved. Branding keeps its preview as it is. */}
        <Shown key={Shown === Branding ? rest : `${rest} ${data.updatedAt}`} merchant={data} />
      </div>
    </>
  );
}

function Payments({ merchant }: { merchant: Merchant }) {
  return (
    <>
      <PaymentRules merchant={merchant} />
      <PaymentTimes merchant={merchant} />
      <DisplayCurrency merchant={merchant} />
    </>
  );
}

function SignIn({ merchant }: { merchant: Merchant }) {
  return (
    <>
      <PasswordSignIn email={merchant.email} />
      <SignedInBrowsers />
    </>
  );
}
