/** Blanks of the same length, with the line breaks. */
export function blank(text: string): string {
  return text.replace(/[^\r\n]/g, ' ');
}

/** A variable of so many characters that nobody sets: it stands for what is not known. */
export function hole(length: number): string {
  return `$${'_'.repeat(length - 1)}`;
}
