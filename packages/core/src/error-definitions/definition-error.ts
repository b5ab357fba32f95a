import type { MessageFinding } from "./check-messages.ts";

/** Thrown by `defineErrors`: everything that is wrong with an app's codes, languages and messages, at once. */
export class DefinitionError extends TypeError {
  /** One sentence for each fault. */
  readonly faults: readonly string[];
  /** The faults of messages, as `checkMessages` finds them; none when codes or languages are wrong already. */
  readonly findings: readonly MessageFinding[];

  constructor(faults: readonly string[], findings: readonly MessageFinding[] = []) {
    super(`These errors are not well defined:\n${faults.map((fault) => `- ${fault}`).join("\n")}`);
    this.name = "DefinitionError";
    this.faults = faults;
    this.findings = findings;
  }
}
