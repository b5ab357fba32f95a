/**
 * Characters that a reader does not see and a terminal may obey: controls, bidi marks, zero-width spaces, tags. The files
 * that are printed for apps write them by number, in the way of their format.
 */
export const unseenCharacters: RegExp =
  /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
