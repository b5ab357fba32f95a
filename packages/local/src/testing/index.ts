export type { AuthEmail, ProviderSignIn } from "../auth/auth-server.ts";
export {
  type DevelopmentProvider,
  startDevelopmentProvider,
} from "../development-provider/development-provider.ts";
export type { FunctionsOptions } from "../functions/stack-functions.ts";
export type { Fault, FaultKind, Faults } from "../gateway/faults.ts";
export type { RecordedRequest } from "../gateway/recorder.ts";
export type { TokenClaims } from "../keys/stack-keys.ts";
export { stopTestServer } from "./test-server.ts";
export {
  createEmptyDatabase,
  createTestStack,
  type TestDatabase,
  type TestStack,
  type TestStackOptions,
} from "./test-stack.ts";
export type { TestUser, TestUserPlan } from "./test-user.ts";
