export { ErrorCode, isErrorCode } from "./codes.ts";
export { isVidopsError, VidopsError, type VidopsErrorInit, validationError } from "./vidops-error.ts";
