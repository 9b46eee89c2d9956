import type { Profile } from "./api";

export function ProfileCard({ profile }: { profile: Profile }) {
  return (
    <section className="card" aria-labelledby="profile">
      <h2 id="profile">{profile.name}</h2>
      <dl>
        <dt>Merchant id</dt>
        <dd>{profile.id}</dd>
        <dt>E-mail</dt>
        <dd>{profile.email ?? "none"}</dd>
        <dt>Webhook</dt>
        <dd>{profile.webhookUrl ?? "none: payments are told to nobody but this gateway"}</dd>
        <dt>Addresses used</dt>
        <dd>{profile.nextAddressIndex}</dd>
        <dt>Since</dt>
        <dd>{new Date(profile.createdAt).toLocaleDateString()}</dd>
      </dl>
    </section>
  );
}
