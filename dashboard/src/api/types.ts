/** The types of the OpenAPI document under the names that the pages use. */

import type { Answer, Query } from "./client";
import type { components } from "./openapi";

type Schemas = components["schemas"];

export type Merchant = Schemas["ProfileAnswer"];
export type Tier = Schemas["TierShape"];
export type SignedIn = Schemas["SignedInAnswer"];
export type WayIn = Schemas["WayIn"];
export type PasswordSignIn = Schemas["PasswordSignIn"];
export type PasswordChange = Schemas["PasswordChange"];
/** Whether a password is set, and its login. */
export type PasswordState = Schemas["PasswordAnswer"];
/** The secret that an authenticator app needs. */
export type PasswordSetup = Schemas["PasswordSetupAnswer"];
export type RecoveryCodes = Schemas["RecoveryCodesAnswer"];
export type NewMerchant = Schemas["NewMerchant"];
export type MerchantChanges = Schemas["MerchantChanges"];
export type Registered = Schemas["RegisteredAnswer"];
export type XpubPreview = Schemas["PreviewAnswer"];
export type ListedSession = Schemas["ListedSessionAnswer"];
export type ApiKey = Schemas["ApiKeyAnswer"];
export type NewKey = Schemas["NewKey"];
export type Scope = Schemas["Scope"];
export type AuditEntry = Schemas["AuditLine"];
export type AuditAction = Schemas["AuditAction"];
export type SessionDetail = Schemas["SessionAnswer"];
export type SessionPayment = Schemas["PaymentAnswer"];
export type PaymentValue = Schemas["ValueAnswer"];
export type ValueSum = Schemas["ValueSumAnswer"];
export type Rate = Schemas["RateAnswer"];
export type Statement = Schemas["StatementAnswer"];
export type BookSum = Schemas["BookSumAnswer"];
export type BookLine = Schemas["BookLineAnswer"];
export type BookFormat = Schemas["BookFormat"];
export type NewSession = Schemas["NewSession"];
export type AttentionReason = Schemas["AttentionReason"];
export type Stats = Schemas["StatsAnswer"];
export type Day = Schemas["DayAnswer"];
export type Analytics = Schemas["AnalyticsAnswer"];
export type Delivery = Schemas["DeliveryAnswer"];
export type DeliveryState = Schemas["DeliveryState"];
export type WebhookTrial = Answer<"POST", "/api/v1/merchants/me/webhook-test">;
export type Queued = Answer<"POST", "/api/v1/merchants/me/webhook-logs/retry-failed">;

export type Period = NonNullable<Query<"GET", "/api/v1/merchants/me/analytics">["period"]>;
/** In display order. */
export const PAID_STATES = ["none", "partial", "exact", "over"] as const satisfies readonly Schemas["PaidState"][];
export const EVENT_TYPES = [
  "payment.pending",
  "payment.partial",
  "payment.confirming",
  "payment.confirmed",
  "payment.overpaid",
  "payment.expired",
  "payment.failed",
  "payment.late",
  "payment.reverted",
] as const satisfies readonly Schemas["EventType"][];
export const ATTENTION_REASONS = ["late", "partial", "overpaid", "reverted"] as const satisfies readonly AttentionReason[];
export const BOOK_FORMATS = ["journal", "koinly", "cointracking"] as const satisfies readonly BookFormat[];
export const PERIODS = ["day", "week", "month", "year"] as const satisfies readonly Period[];
export const DELIVERY_STATES = ["pending", "delivered", "failed"] as const satisfies readonly DeliveryState[];
