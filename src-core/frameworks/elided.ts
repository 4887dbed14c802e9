import type { Recognized } from './framework.ts';

const DOTS = /^(?:\.{3,}|…+)$/;
/** A continued line that runs into a comment with dots: `--loss_type x \` and then `# ...`. */
const COMMENTED = /^[ \t]*\\[ \t]*\r?\n[ \t]*#[^\n]*(?:\.{3}|…)/;

/** Whether a command is an excerpt, as documentation prints it: `...` stands for options left out. */
export function isElided(recognized: Recognized): boolean {
  return recognized.sections.some(({ unit, document }) => {
    if (unit.kind !== 'command') return false;
    const { end } = unit.span;
    const after = document.file.text.slice(end, end + 300);
    return unit.words.some((word) => DOTS.test(word.raw)) || COMMENTED.test(after);
  });
}
