/** What the gateway answers to a merchant. Amounts are decimal strings, times ISO 8601 in UTC. */

import type { Fiat, Status } from "@widget/api";

export type { Status };
export const PERIODS = ["day", "week", "month", "year"] as const;
export type Period = (typeof PERIODS)[number];

export interface Merchant {
  id: string;
  name: string;
  email?: string;
  webhookUrl?: string;
  requiredConfirmations?: number;
  confirmationTiers: Tier[];
  underpaymentTolerance: string;
  embedOrigins: string[];
  nextAddressIndex: number;
  createdAt: string;
  updatedAt: string;
  warnings?: string[];
}

/** Amounts below `below` KAS (all of the rest without it) need so many confirmations. */
export interface Tier {
  below?: string;
  confirmations: number;
}

/** Who is signed in to this dashboard. The token guards calls that change something. */
export interface SignedIn {
  merchant: Merchant;
  csrfToken: string;
  expiresAt: string;
  sessionId: string;
  wayIn: WayIn;
}

export type WayIn = "api_key" | "password";

export interface PasswordSignIn {
  login: string;
  password: string;
  code: string;
}

/** Whether, and how, the merchant signs in without the API key. */
export interface PasswordState {
  enabled: boolean;
  login?: string;
  changedAt?: string;
  recoveryCodesLeft?: number;
}

/** What an authenticator app has to know. */
export interface PasswordSetup {
  login: string;
  secret: string;
  uri: string;
  qrCode: string;
}

export interface RecoveryCodes {
  login: string;
  recoveryCodes: string[];
}

export interface DashboardSession {
  id: string;
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
  userAgent?: string;
  wayIn: WayIn;
  current: boolean;
}

export interface NewMerchant {
  name: string;
  xpub: string;
  email?: string;
  webhookUrl?: string;
}

export interface Registered {
  id: string;
  name: string;
  apiKey: string;
  webhookSecret: string;
  warnings?: string[];
}

export interface XpubPreview {
  network: string;
  prefix: string;
  account: number;
  addresses: string[];
  warnings: string[];
}

/** The addresses of the present key that were given out, in numbers. */
export interface UsedAddresses {
  nextAddressIndex: number;
  /** The longest run of addresses that nobody paid to. */
  unpaidInARow: number;
}

export interface ListedSession {
  id: string;
  address: string;
  amount: string;
  amountSompi: string;
  status: Status;
  confirmations: number;
  txId?: string;
  orderId?: string;
  createdAt: string;
  expiresAt: string;
  paidAt?: string;
  confirmedAt?: string;
}

export interface SessionPage {
  sessions: ListedSession[];
  total: number;
  totalIsExact: boolean;
  nextCursor?: string;
}

export interface SessionPayment {
  txId: string;
  index: number;
  amount: string;
  amountSompi: string;
  confirmations: number;
  state: "seen" | "accepted" | "confirmed" | "withdrawn";
  late: boolean;
  seenAt: string;
}

export interface SessionDetail extends ListedSession {
  requiredConfirmations: number;
  qrCode: string;
  explorerUrl: string;
  paymentUri: string;
  checkoutUrl: string;
  received: string;
  receivedSompi: string;
  remainingSompi: string;
  paidState: string;
  late: boolean;
  delayed: boolean;
  payments: SessionPayment[];
  network: string;
  redirectUrl?: string;
  metadata?: Record<string, string>;
  fiat?: Fiat;
}

export interface NewSession {
  /** In KAS, as typed. */
  amount: string;
  orderId?: string;
  metadata?: Record<string, string>;
  redirectUrl?: string;
  expiresIn?: number;
}

export interface CreatedSession {
  id: string;
}

export interface Stats {
  totalSessions: number;
  pendingSessions: number;
  confirmingSessions: number;
  confirmedSessions: number;
  expiredSessions: number;
  failedSessions: number;
  totalReceived: string;
}

export interface Day {
  /** A UTC day, `2026-01-31`. */
  date: string;
  sessions: number;
  confirmed: number;
  expired: number;
  volume: string;
  volumeSompi: string;
}

export interface Analytics {
  period: { start: string; end: string; label: string };
  summary: {
    totalSessions: number;
    confirmedSessions: number;
    totalVolume: string;
    conversionRate: number;
    averagePayment: string;
  };
  comparison: {
    volumeChange: number;
    sessionsChange: number;
    conversionChange: number;
    previousVolume: string;
    previousSessions: number;
  };
  statusDistribution: Record<"pending" | "confirming" | "confirmed" | "expired" | "failed", number>;
  dailyBreakdown: Day[];
  topPayments: { id: string; amount: string; orderId?: string; confirmedAt?: string }[];
}

export const DELIVERY_STATES = ["pending", "delivered", "failed"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface Delivery {
  id: string;
  /** A test event belongs to no session. */
  sessionId: string | null;
  event: string;
  status: DeliveryState;
  statusCode: number | null;
  attempts: number;
  deliveryId: string;
  createdAt: string;
  deliveredAt: string | null;
  nextRetryAt: string | null;
  payload: unknown;
  response: string | null;
}

export interface DeliveryPage {
  logs: Delivery[];
  total: number;
  totalIsExact: boolean;
}

/** What became of a test event. */
export interface WebhookTrial {
  statusCode?: number;
  durationMs: number;
  error?: string;
}

/** Deliveries that are sent again; one call takes so many and no more. */
export interface Queued {
  queued: number;
  hasMore: boolean;
}

export interface GatewayEvent {
  id: string;
  type: string;
  createdAt: string;
  sessionId?: string;
  receivedSompi?: string;
  confirmations?: number;
}

export interface EventPage {
  events: GatewayEvent[];
  hasMore: boolean;
}

export interface AuditEntry {
  id: string;
  action: string;
  actor: string;
  note?: string;
  sessionId?: string;
  createdAt: string;
}

export interface AuditPage {
  entries: AuditEntry[];
  nextCursor?: string;
}

export interface Health {
  status: string;
  network: string;
  checks: Record<string, { status: string; lastBlockAt?: string; message?: string }>;
}
