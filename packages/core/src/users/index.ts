export {
  type Ban,
  banUser,
  grantAdmin,
  revokeAdmin,
  type UserAct,
  type UserBan,
  type UserChange,
  unbanUser,
} from "./change-user.ts";
export { findUser } from "./find-user.ts";
export { getProfile, type ProfileChange, type ProfileQuery, updateProfile } from "./get-profile.ts";
export {
  getUserOverview,
  type OverviewAction,
  type OverviewBan,
  type OverviewEntry,
  type OverviewError,
  type OverviewJob,
  type OverviewLimit,
  type RecentProof,
  type UserOverview,
} from "./get-user-overview.ts";
export {
  getUserStats,
  type UserActivity,
  type UserStats,
  type UserStatsQuery,
} from "./get-user-stats.ts";
export {
  type GuestHandedOver,
  type GuestHandOver,
  type GuestOnboarded,
  type GuestOnboarding,
  handOverGuest,
  onboardGuest,
} from "./guest.ts";
export type { UserProfile } from "./profile.ts";
export { searchUsers, type UserMatch, type UserPage, type UserSearch } from "./search-users.ts";
export type { FoundUser } from "./user.ts";
export { bearerToken, type TokenAuth, type TokenUser, verifyToken } from "./verify-token.ts";
