import { hole } from './blank.ts';

/** Between the cells of a notebook, where they are read as one text. */
export const CELL_BREAK = '\f\n';

/** A notebook's text as its two languages see it: all of the same length, the rest blanked. */
export interface MagicViews {
  /** Lines for the shell and for IPython are comments here. */
  readonly python: string;
  /** Only what a shell runs, and comments; absent where there is nothing of the kind. */
  readonly shell?: string;
}

const ANY = /^[ \t]*[!%]/m;
const SHELL_CELL =
  /^\s*%%(?:(?:bash|sh|shell|script[ \t]+(?:\S*\/)?(?:ba|z)?sh)\b|(?:write)?file[ \t]+(?:-a[ \t]+)?\S+\.(?:ba|z)?sh[ \t]*(?:\r?\n|$))/;
const OTHER_CELL = /^\s*%%(?!(?:time|timeit|capture|prun)\b)[A-Za-z]/;
/** `{name}` of Python in a command: no shell knows its value. */
const INTERPOLATION = /(?<!\$)\{[A-Za-z_][^{}\s]*\}/g;
const HOLE = /\$_{2,}/;

/** Whether a text holds what `magicViews` puts in the place of a Python value: it is no text to write. */
export function hasHole(text: string): boolean {
  return HOLE.test(text);
}

/**
 * Splits what IPython adds to Python: `!command` lines with their continuations and `%%bash` cells
 * belong to the shell; other magics belong to neither.
 */
export function magicViews(text: string): MagicViews {
  if (!ANY.test(text)) return { python: text };
  const python: string[] = [];
  const shell: string[] = [];
  let found = false;
  for (const cell of text.split('\f')) {
    const views = SHELL_CELL.test(cell) ? shellCell(cell) : linesOf(cell);
    python.push(OTHER_CELL.test(cell) ? blank(cell) : views.python);
    shell.push(views.shell);
    found ||= views.found;
  }
  // No blank to a shell: the last word of a cell would end with it.
  return { python: python.join('\f'), ...(found && { shell: shell.join(' ') }) };
}

interface CellViews {
  readonly python: string;
  readonly shell: string;
  readonly found: boolean;
}

function shellCell(cell: string): CellViews {
  const shell = cell.replace(/%%[^\r\n]*/, (line) => ' '.repeat(line.length));
  return { python: blank(cell), shell, found: true };
}

function linesOf(cell: string): CellViews {
  let continued = false;
  let found = false;
  const python: string[] = [];
  const shell: string[] = [];
  for (const line of cell.split('\n')) {
    const command: boolean = continued || /^[ \t]*![^=]/.test(line);
    const magic = command || /^[ \t]*%%?[A-Za-z]/.test(line);
    python.push(magic ? asComment(line) : line);
    if (command) shell.push(asCommand(line, continued));
    else shell.push(/^[ \t]*#/.test(line) ? line : blank(line));
    continued = command && /\\\r?$/.test(line);
    found ||= command;
  }
  return { python: python.join('\n'), shell: shell.join('\n'), found };
}

/** The same number of characters, line ends kept. */
const blank = (text: string): string => text.replace(/[^\r\n\f]/g, ' ');

/** A line turned into a comment by its first character that is no blank. */
const asComment = (line: string): string => line.replace(/[^ \t\r]/, '#');

function asCommand(line: string, continued: boolean): string {
  const bare = continued ? line : line.replace('!', ' ');
  return bare.replace(INTERPOLATION, (all) => hole(all.length));
}
