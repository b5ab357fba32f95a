export { type ActionType, actionTypes } from "./action-types.ts";
export { type Admin, type AdminAuthClient, requireAdmin } from "./require-admin.ts";
