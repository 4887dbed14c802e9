/** Letters that may stand behind a backslash in a regular expression of Python. */
const ESCAPES = /[abdfnrstuvwxABDNSUWZ]/;

/**
 * Whether Python refuses the pattern. Where the two languages differ (groups with `(?`, possessive
 * quantifiers) nothing is said.
 */
export function badRegex(pattern: string): boolean {
  if (hasBadEscape(pattern)) return true;
  if (/\(\?|[*+?}]\+/.test(pattern)) return false;
  try {
    new RegExp(pattern);
    return /(?:^|[(|])[*+?]/.test(pattern.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x'));
  } catch {
    return true;
  }
}

function hasBadEscape(pattern: string): boolean {
  for (const [, letter] of pattern.matchAll(/\\(.)/gs)) {
    if (letter !== undefined && /[A-Za-z]/.test(letter) && !ESCAPES.test(letter)) return true;
  }
  return false;
}
