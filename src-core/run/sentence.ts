/** A phrase as a sentence begins: its first letter upper case. A key in backquotes stays. */
export function sentence(phrase: string): string {
  return phrase.charAt(0).toUpperCase() + phrase.slice(1);
}
