export { type Act, type ActRow, actFields, type NeededApproval, toAct } from "./act-answer.ts";
export { type ActArguments, type ActOptions, actArguments, actCall } from "./act-options.ts";
