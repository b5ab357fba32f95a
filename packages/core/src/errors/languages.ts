/** The languages of the messages of vidops, as BCP 47 tags. */
export const languages = ["en", "tr", "es"] as const;

/** One of {@link languages}. */
export type Language = (typeof languages)[number];

/** The language of an answer when nothing else fits. */
export const fallbackLanguage = "en";
