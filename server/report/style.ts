/** Wraps text in the codes of a terminal, or leaves it alone. */
export type Paint = (text: string) => string;

/** How a report may look. */
export interface Style {
  readonly columns: number;
  readonly error: Paint;
  readonly warning: Paint;
  readonly info: Paint;
  readonly hint: Paint;
  readonly good: Paint;
  readonly bold: Paint;
  readonly dim: Paint;
  /** Draws with box characters; otherwise with ASCII. */
  readonly unicode: boolean;
}

/** What decides it. */
export interface Look {
  readonly color: boolean;
  readonly columns?: number;
  readonly unicode?: boolean;
}

const plain: Paint = (text) => text;

function ansi(open: string): Paint {
  return (text) => (text === '' ? '' : `\u001b[${open}m${text}\u001b[0m`);
}

/** Builds the style: readable from 40 columns on, and never wider than 120. */
export function styleOf({ color, columns = 100, unicode = true }: Look): Style {
  const paint = (open: string) => (color ? ansi(open) : plain);
  return {
    columns: Math.max(40, Math.min(columns, 120)),
    error: paint('1;31'),
    warning: paint('1;33'),
    info: paint('1;36'),
    hint: paint('1;34'),
    good: paint('32'),
    bold: paint('1'),
    dim: paint('2'),
    unicode,
  };
}

/** Whether colours are wanted: on a terminal, unless the user says otherwise. */
export function wantsColor(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean {
  if ((env.NO_COLOR ?? '') !== '') return false;
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return isTerminal && env.TERM !== 'dumb';
}

/** Whether the locale rules out anything beyond ASCII. */
export function wantsUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return locale !== 'C' && locale !== 'POSIX';
}
