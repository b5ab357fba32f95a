import { badField } from "./bad-field.ts";

/** What is used of a zod/mini schema. */
interface FieldSchema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: ParseFault };
}

interface ParseFault {
  readonly issues: readonly Issue[];
}

/** What is used of what zod finds; its own words are left aside, since zod/mini has none. */
interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[] | undefined;
  readonly values?: readonly unknown[] | undefined;
  readonly format?: string | undefined;
  readonly expected?: string | undefined;
  readonly minimum?: number | bigint | undefined;
  readonly maximum?: number | bigint | undefined;
}

/** The way out for each field, as a sentence. */
export type FieldHints = Readonly<Record<string, string>>;

/** Fields that one error names at most: who sends thousands of unknown ones shall not get them all back. */
const mostFields = 20;

/**
 * Holds a body against its schema.
 *
 * @param schema of zod/mini; a refinement says its fault as the end of a sentence that begins with the field
 * @param body what was sent
 * @param hints the way out for each field
 * @returns the checked fields
 * @throws VidopsError ERR_4008, ERR_4003 when the prompt is the first that is wrong; `details` has `field`, `fault` and `hint`
 * @example
 * ```ts
 * const { device_id } = parseFields(deviceBody, await jsonBody(request), { device_id: "Send 1 to 200 characters." });
 * ```
 */
export function parseFields<T>(schema: FieldSchema<T>, body: unknown, hints: FieldHints = {}): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue, body));
  const [{ field, fault } = { field: "body", fault: "is malformed" }] = faults;
  const fields = [...new Set(faults.map((each) => each.field))].slice(0, mostFields);
  const hint = hints[field] ?? "See what this function takes.";
  throw badField(
    { field, fault, hint, fields, cause: parsed.error },
    field === "prompt" ? "ERR_4003" : "ERR_4008",
  );
}

function faultsOf(issue: Issue, body: unknown): { readonly field: string; readonly fault: string }[] {
  if (issue.code === "unrecognized_keys") {
    return (issue.keys ?? []).slice(0, mostFields).map((key) => ({
      field: key.slice(0, 100),
      fault: "is no field of this request",
    }));
  }
  const [name] = issue.path;
  if (name === undefined) return [{ field: "body", fault: "is not a JSON object" }];
  const missing = (body as Record<PropertyKey, unknown>)[name] === undefined;
  return [{ field: String(name), fault: missing ? "is missing" : faultOf(issue) }];
}

function faultOf({ code, expected, format, minimum, maximum, values, message }: Issue): string {
  switch (code) {
    case "invalid_type":
      return `is not of type ${expected}`;
    case "invalid_format":
      return format === "uuid" ? "is not a UUID" : "is malformed";
    case "invalid_value":
      return `is none of ${values?.join(", ")}`;
    case "too_small":
      return `is less than ${minimum}`;
    case "too_big":
      return `is more than ${maximum}`;
    default:
      return message;
  }
}
