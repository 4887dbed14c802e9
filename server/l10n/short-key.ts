/** What a short key looks like; no text that is said does. */
const SHORT = /^~[0-9a-z]{1,7}$/;

/**
 * The key of a text in a table of translations as it is shipped: a sentence takes more room there than its
 * translation. 36 bits of two FNV-1a hashes, of 32 bits each. A short key stays as it is.
 */
export function shortKey(text: string): string {
  if (SHORT.test(text)) return text;
  let forth = 0x811c9dc5;
  let back = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    forth = Math.imul(forth ^ text.charCodeAt(i), 0x01000193);
    back = Math.imul(back ^ text.charCodeAt(text.length - 1 - i), 0x01000193);
  }
  return `~${((forth >>> 0) * 16 + (back >>> 28)).toString(36)}`;
}
