/** What an app imports to use vidops: a typed client of its functions. On a server, see `@vidops/sdk/server`. */
export { ErrorCode, isVidopsError, VidopsError } from "@vidops/core/errors";
export type { Accounts, HandOver } from "./account.ts";
export type { PasswordLogin } from "./auth-client.ts";
export type { Balance } from "./balance-cache.ts";
export type { CallOptions, KeyedCallOptions } from "./call-options.ts";
export type { ClientOptions } from "./client-settings.ts";
export {
  createVidops,
  type SupabaseVidopsOptions,
  type Vidops,
  type VidopsOptions,
} from "./create-vidops.ts";
export type { BalanceOptions, CreditEntry, CreditHistoryOptions, Credits, Purchase } from "./credits.ts";
export type { GuestDevice, Guests, Onboarded } from "./guest.ts";
export { createIdempotencyKey } from "./idempotency-key.ts";
export type { Model, Models } from "./models.ts";
export type { Page, PagedList } from "./page.ts";
export type { Profile, ProfileChange, Profiles } from "./profile.ts";
export type { RealtimeChannel, RealtimeClient } from "./realtime.ts";
export type { GivenTokens, OwnSession, Session } from "./session.ts";
export type { SupabaseAuthClient, SupabaseSession } from "./supabase-session.ts";
export type { TokenStorage } from "./token-storage.ts";
export type { SessionUser } from "./tokens.ts";
export type { Video, VideoError, VideoStatus } from "./video.ts";
export type { StartedVideo, VideoListOptions, VideoOrder, Videos } from "./videos.ts";
export type { WaitOptions } from "./wait-for-video.ts";
