export { LocalError, LocalErrorCode } from "./errors/local-error.ts";
export type { FunctionsOptions } from "./functions/stack-functions.ts";
export type { TokenClaims } from "./keys/stack-keys.ts";
export type { LocalAccount, LocalStack, StartOptions } from "./local-stack.ts";
export { runUntilSignal } from "./run-until-signal.ts";
export { startLocal } from "./start.ts";
export { defaultDataFolder, defaultStateFolder } from "./state/folders.ts";
export { type LocalStatus, localStatus, type ManageOptions, resetLocal, stopLocal } from "./state/manage.ts";
export type { RunningStack } from "./state/state-file.ts";
