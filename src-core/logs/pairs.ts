import { type Span, span } from '../text/span.ts';

/** A key and its value as text, quotes taken off. */
export interface Pair {
  readonly key: string;
  readonly text: string;
  /** Of the value without quotes. */
  readonly span: Span;
}

/** The pairs of one metrics line and the place behind them. */
export interface Pairs {
  readonly pairs: readonly Pair[];
  readonly end: number;
}

const ESCAPE = String.fromCharCode(27);
/** White space and colours, which may stand between any two words. */
const GAP = `(?:\\s|${ESCAPE}\\[[\\d;]*m)*`;
const MOST_PAIRS = 64;

/** `'loss': 1.25,` in Python's and JSON's spelling; the last group says whether more follows. */
const DICT_PAIR = new RegExp(
  `${GAP}(['"])([^'"\\n]{1,80})\\1${GAP}:${GAP}` +
    `(?:(['"])([^'"\\n]{0,200})\\3|(?:np\\.float\\d+\\(|tensor\\()?([-+\\w.]{1,40})(?:\\)|, [^)\\n]{0,80}\\))?)` +
    `${GAP}([,}])`,
  'dy',
);

/** `loss:1.25 ` as torchtune prints it. */
const TUNE_PAIR = /(\w{1,80}):([-+\w.]{1,40})(?: |$)/dmy;
/** ` lm loss: 2.31E+00 |` as Megatron prints it. */
const MEGATRON_PAIR = /\s*([A-Za-z][\w ()]{0,60}?)\s*:\s*([-+\w.]{1,40})\s*\|/dy;
/** `loss: 1.25, ` as the newer LLaMA-Factory prints it. */
const PLAIN_PAIR = /\s?([A-Za-z]\w{0,60}): ([-+\w.]{1,40})(?:,|$)/dmy;

/** The pairs of a dict whose brace stands in front of `at`. Ends at the first thing that is no pair. */
export function dictPairs(text: string, at: number): Pairs {
  const pairs: Pair[] = [];
  let end = at;
  while (pairs.length < MOST_PAIRS) {
    DICT_PAIR.lastIndex = end;
    const found = DICT_PAIR.exec(text);
    if (found === null) break;
    end = DICT_PAIR.lastIndex;
    const [, , key = '', , quoted, bare, closer] = found;
    const place = found.indices?.[quoted === undefined ? 5 : 4];
    if (place !== undefined)
      pairs.push({ key, text: quoted ?? bare ?? '', span: span(place[0], place[1]) });
    if (closer === '}') break;
  }
  return { pairs, end };
}

/** The pairs of a torchtune line. */
export const tunePairs = (text: string, at: number): Pairs => linePairs(TUNE_PAIR, text, at);
/** The pairs of a Megatron line. */
export const megatronPairs = (text: string, at: number): Pairs =>
  linePairs(MEGATRON_PAIR, text, at);
/** The pairs of a `key: value, key: value` line. */
export const plainPairs = (text: string, at: number): Pairs => linePairs(PLAIN_PAIR, text, at);

function linePairs(pattern: RegExp, text: string, at: number): Pairs {
  const pairs: Pair[] = [];
  let end = at;
  while (pairs.length < MOST_PAIRS) {
    pattern.lastIndex = end;
    const found = pattern.exec(text);
    const place = found?.indices?.[2];
    if (found === null || place === undefined) break;
    end = pattern.lastIndex;
    pairs.push({ key: found[1] ?? '', text: found[2] ?? '', span: span(place[0], place[1]) });
  }
  return { pairs, end };
}

/** The number that Python or JSON wrote; `undefined` for anything else. */
export function readNumber(text: string): number | undefined {
  const word = text.toLowerCase().replace(/^\+/, '');
  if (word === 'nan' || word === '-nan') return Number.NaN;
  if (word === 'inf' || word === 'infinity') return Number.POSITIVE_INFINITY;
  if (word === '-inf' || word === '-infinity') return Number.NEGATIVE_INFINITY;
  return /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/.test(word) ? Number(word) : undefined;
}

/** Seconds of `1d 2h 3m 4s`, `0:03:25` and `1 day, 0:03:25`. */
export function readDuration(text: string): number | undefined {
  const units = /^(?:(\d+)d ?)?(?:(\d+)h ?)?(?:(\d+)m ?)?(\d+)s$/.exec(text);
  const clock = /^(?:(\d+) days?, )?(?:(\d+):)?(\d+):(\d+)$/.exec(text);
  const found = units ?? clock;
  if (found === null) return undefined;
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = found.map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}
