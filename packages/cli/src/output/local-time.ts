import type { Column } from "./columns.ts";

/** A time zone as Intl names it, e.g. "Europe/Istanbul" or "UTC". */
export type TimeZone = string;

/**
 * The zone of this machine, or of the variable TZ; UTC when that is none.
 * @example localTimeZone() // "Europe/Istanbul"
 */
export function localTimeZone(): TimeZone {
  // Undefined for a TZ that nobody knows, whatever the types say.
  const { timeZone }: { timeZone?: string } = new Intl.DateTimeFormat().resolvedOptions();
  return timeZone ?? "UTC";
}

/**
 * A moment in a sentence, to the second: local with its offset on a terminal, ISO 8601 in UTC in a pipe.
 *
 * @param iso ISO 8601; what is no moment ("infinity") stays as it is.
 * @param zone null in a pipe.
 * @example showMoment("2026-11-25T09:14:09.123Z", "Europe/Istanbul") // "2026-11-25 12:14:09 (GMT+3)"
 */
export function showMoment(iso: string, zone: TimeZone | null): string {
  if (zone === null || Number.isNaN(Date.parse(iso))) return showTime(iso, zone);
  return `${showTime(iso, zone)} (${offsetOf(iso, zone)})`;
}

/**
 * A moment below a heading that names the zone, to the second.
 * @example showTime("2026-11-25T09:14:09.123Z", null) // "2026-11-25T09:14:09Z"
 */
export function showTime(iso: string, zone: TimeZone | null): string {
  const time = Date.parse(iso);
  if (Number.isNaN(time)) return iso;
  if (zone === null) return `${new Date(time).toISOString().slice(0, 19)}Z`;
  const local = new Date(time + offsetMinutes(offsetOf(iso, zone)) * 60_000);
  return local.toISOString().slice(0, 19).replace("T", " ");
}

/**
 * Two moments as a range, to the minute.
 * @example showRange("2026-11-24T09:14:09Z", "2026-11-25T09:14:09Z", "UTC") // "2026-11-24 09:14 to 2026-11-25 09:14 (UTC)"
 */
export function showRange(since: string, until: string, zone: TimeZone | null): string {
  const [from, to] = [showMinute(since, zone), showMinute(until, zone)];
  if (zone === null) return `${from} to ${to}`;
  const [first, last] = [offsetOf(since, zone), offsetOf(until, zone)];
  return first === last ? `${from} to ${to} (${last})` : `${from} (${first}) to ${to} (${last})`;
}

/** A moment to the minute; the zone is said elsewhere. */
export function showMinute(iso: string, zone: TimeZone | null): string {
  const text = showTime(iso, zone);
  return zone === null ? text.replace(/:\d\dZ$/, "Z") : text.slice(0, "2026-11-25 09:30".length);
}

/**
 * A column of moments, whose heading names the zone on a terminal. Where summer time ends between two of them, each says its
 * own offset. Of moments that are cut on a narrow screen, the time of day stays.
 *
 * @param name of the column, e.g. "time".
 * @param at the moment of an item, as ISO 8601; null is an empty cell.
 * @param more where the column may be cut or left out.
 * @example columnsTable([timeColumn("time", ({ createdAt }) => createdAt, entries, zone)], entries, width)
 */
export function timeColumn<Item>(
  name: string,
  at: (item: Item) => string | null,
  items: readonly Item[],
  zone: TimeZone | null,
  more: Pick<Column<Item>, "minimum" | "keep" | "screen"> = {},
): Column<Item> {
  const base = { shortMinimum: 9, keep: "end", ...more } as const;
  const shown = (iso: string | null): string => (iso === null ? "" : showTime(iso, zone));
  if (zone === null) return { ...base, head: name, cell: (item) => shown(at(item)) };
  const moments = items.map(at).filter((iso) => iso !== null && !Number.isNaN(Date.parse(iso)));
  const offsets = new Set(moments.map((iso) => offsetOf(iso ?? "", zone)));
  if (offsets.size > 1) return { ...base, head: name, cell: (item) => shownWithOffset(at(item), zone) };
  const [offset = offsetOf(new Date(0).toISOString(), zone)] = offsets;
  return { ...base, head: `${name} (${offset})`, shortHead: offset, cell: (item) => shown(at(item)) };
}

function shownWithOffset(iso: string | null, zone: TimeZone): string {
  return iso === null ? "" : showMoment(iso, zone).replace(/\((?:GMT)?([^)]*)\)$/, "$1");
}

const formats = new Map<TimeZone, Intl.DateTimeFormat>();

function formatOf(zone: TimeZone): Intl.DateTimeFormat {
  const made =
    formats.get(zone) ?? new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "shortOffset" });
  formats.set(zone, made);
  return made;
}

/** How a zone stands to UTC at a moment: "GMT+3", "GMT-3:30", "UTC". */
function offsetOf(iso: string, zone: TimeZone): string {
  const parts = formatOf(zone).formatToParts(Date.parse(iso));
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  // Node versions differ in how they write the zero.
  return /^GMT(?:[+-]0)?$/.test(name) ? "UTC" : name;
}

function offsetMinutes(offset: string): number {
  const [, sign, hours = "0", minutes = "0"] = /^GMT([+-])(\d+)(?::(\d+))?/.exec(offset) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
