import type { ErrorCode } from "../codes.ts";
import type { Language } from "../languages.ts";
import { en } from "./en.ts";
import { es } from "./es.ts";
import { tr } from "./tr.ts";

/** The messages of vidops, by language and code. */
export const builtInMessages: Readonly<Record<Language, Readonly<Record<ErrorCode, string>>>> = {
  en,
  tr,
  es,
};
