import { type Handlers } from "@vidops/sdk/server";
export declare const handlers: Handlers;
//# sourceMappingURL=handlers.d.ts.map
