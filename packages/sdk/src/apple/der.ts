/** One value of DER: its tag, what it holds, and all of it with tag and length. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array<ArrayBuffer>;
  readonly whole: Uint8Array<ArrayBuffer>;
}

/** The tags that certificates are made of. */
export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  version: 0xa0,
  extensions: 0xa3,
} as const;

/**
 * Reads the values that stand one after another, not what they hold.
 *
 * @param bytes DER
 * @returns the values in order
 * @throws RangeError for what is cut, or longer than it has to be
 * @example
 * ```ts
 * const [certificate] = readDer(bytes);
 * ```
 * @see https://www.itu.int/rec/T-REC-X.690 sections 8.1 and 10.1
 */
export function readDer(bytes: Uint8Array<ArrayBuffer>): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { tag, start, end } = header(bytes, at);
    values.push({ tag, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) });
    at = end;
  }
  return values;
}

function header(bytes: Uint8Array, at: number): { tag: number; start: number; end: number } {
  const tag = byteAt(bytes, at);
  const first = byteAt(bytes, at + 1);
  // Tags of more than one byte, lengths without an end, and values of 16 MB have no place in a certificate.
  if ((tag & 0x1f) === 0x1f || first === 0x80 || first > 0x83) throw malformed();
  const digits = first < 0x80 ? 0 : first - 0x80;
  let length = digits === 0 ? first : 0;
  for (let digit = 0; digit < digits; digit += 1) length = length * 256 + byteAt(bytes, at + 2 + digit);
  if (digits > 0 && length < (digits === 1 ? 0x80 : 256 ** (digits - 1))) throw malformed();
  const start = at + 2 + digits;
  if (start + length > bytes.length) throw malformed();
  return { tag, start, end: start + length };
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw malformed();
  return byte;
}

/**
 * Takes the values of a sequence, or of another one that holds values.
 *
 * @param value that holds them
 * @param tag that it has to have
 * @returns the values in order
 * @throws RangeError when it is missing, or of another tag
 */
export function derContents(value: DerValue | undefined, tag: number = derTags.sequence): DerValue[] {
  return readDer(derBytes(value, tag));
}

/**
 * Takes the bytes that a value holds.
 *
 * @param value that holds them
 * @param tag that it has to have
 * @returns the bytes
 * @throws RangeError when it is missing, or of another tag
 */
export function derBytes(value: DerValue | undefined, tag: number): Uint8Array<ArrayBuffer> {
  if (value?.tag !== tag) throw malformed();
  return value.content;
}

/**
 * Writes an object identifier as it is printed.
 *
 * @param value of tag `oid`
 * @returns e.g. `"1.2.840.10045.2.1"`
 * @throws RangeError when it is none
 */
export function oidText(value: DerValue | undefined): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of derBytes(value, derTags.oid)) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first = 0, ...others] = arcs;
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - 40 * root, ...others].join(".");
}

function malformed(): RangeError {
  return new RangeError("The DER is malformed.");
}
