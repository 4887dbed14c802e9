import type { Recognized } from './framework.ts';

const DOTS = /^(?:\.{3,}|…+)$/;
/** A continued line that runs into a comment with dots: `--loss_type x \` and then `# ...`. */
const COMMENTED = /^[ \t]*\\[ \t]*\r?\n[ \t]*#[^\n]*(?:\.{3}|…)/;

/** Whether a word is `...`: something is left out. */
export function isDots(text: string): boolean {
  return DOTS.test(text);
}

/** How far behind a command the text still belongs to it, in UTF-16 units. */
export const ELISION_REACH = 300;

/** Whether a command or a call is an excerpt, as documentation prints it: `...` stands for options left out. */
export function isElided(recognized: Recognized): boolean {
  return recognized.sections.some(({ unit, document }) => {
    if (unit.kind === 'call')
      return unit.positional.some((node) => node.kind === 'opaque' && isDots(node.text));
    if (unit.kind !== 'command') return false;
    const { end } = unit.span;
    const after = document.file.text.slice(end, end + ELISION_REACH);
    return unit.words.some((word) => DOTS.test(word.raw)) || COMMENTED.test(after);
  });
}
