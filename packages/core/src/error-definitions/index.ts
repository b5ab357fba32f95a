export { checkLocale, checkMessages, type MessageFault, type MessageFinding } from "./check-messages.ts";
export { defineErrors, type ErrorDefinitions, type WithBuiltIn } from "./define-errors.ts";
export { DefinitionError } from "./definition-error.ts";
export { parseMessage, parseMessages } from "./parse-message.ts";
