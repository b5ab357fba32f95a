/** A company that makes videos. */
export type ProviderName = "fal" | "runway" | "pika";
