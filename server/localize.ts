import { type Docs, docs } from '../src-core/frameworks/docs.ts';
import { lazy } from '../src-core/text/lazy.ts';
import { english, type Message } from '../src-core/text/message.ts';
import { shortKey } from './l10n/short-key.ts';
import chinese from './l10n/zh-cn.data.json' with { type: 'json' };
import options from './l10n/zh-cn-options.data.json' with { type: 'json' };

/** Says a message in the user's language. */
export type Localize = (message: Message) => string;

const messages = lazy(
  () => new Map(Object.entries(chinese).map(([text, said]) => [shortKey(text), said])),
);
const meanings = lazy(() => {
  const said = new Map(sentences(options));
  return new Map(sentences(docs).map(([name, text]) => [text, said.get(name) ?? text]));
});

/** What options mean, each by its framework and name. */
function sentences({ common, frameworks }: Docs): readonly (readonly [string, string])[] {
  return Object.entries({ '': common, ...frameworks }).flatMap(([framework, table]) =>
    Object.entries(table).map(([key, text]) => [`${framework} ${key}`, text] as const),
  );
}

/** Messages, and what options mean: sentences with a full stop, read when one is first shown. */
const chineseTable: Table = {
  get: (text) =>
    messages().get(shortKey(text)) ?? (text.endsWith('.') ? meanings().get(text) : undefined),
};

/**
 * The localizer for a locale as editors name them (`zh-cn`, `zh-Hans`). A message of which a part has
 * no translation is said in English as a whole.
 */
export function localizer(locale: string | undefined): Localize {
  if (!/^zh(?:$|-(?:cn|hans|sg))/i.test(locale ?? '')) return english;
  return (message) => translated(message, chineseTable) ?? english(message);
}

/** The message by the table; `undefined` where a template of it is missing. */
export function translated(message: Message, table: Table): string | undefined {
  if (typeof message === 'string') return lookUp(message, table) ?? punctuation(message);
  const { template } = message;
  const found = lookUp(template, table) ?? punctuation(template);
  if (found === undefined) return undefined;
  const [first = '', ...rest] = piecesOf(found);
  let text = first;
  for (let i = 0; i < rest.length; i += 2) {
    const value = valueIn(message.values[Number(rest[i])] ?? '', text, table);
    if (value === undefined) return undefined;
    text = put(put(text, value), rest[i + 1] ?? '');
  }
  return text;
}

type Table = Pick<ReadonlyMap<string, string>, 'get'>;

/**
 * A value of several words is a text; a single one is a name or a number, which stays. Names one after
 * the other get the comma of Chinese lists, unless what they stand behind opens a quote.
 */
function valueIn(value: Message, before: string, table: Table): string | undefined {
  if (typeof value !== 'string') return translated(value, table);
  if (!value.includes(' ')) return value;
  if (NAMES.test(value) && !/[`"']$/.test(before)) return value.replaceAll(', ', '、');
  return lookUp(value, table) ?? value;
}

const NAMES = /^(?:`[^`]+`|[\w.-]+)(?:, (?:`[^`]+`|[\w.-]+))+(?: \.\.\.)?$/;

/**
 * One text behind another as Chinese is set: no blank at its marks and between its characters, one
 * between them and Latin, and no full stop behind a question.
 */
function put(text: string, next: string): string {
  const left = text.endsWith(' ') ? text.slice(0, -1) : text;
  const right = next.startsWith(' ') ? next.slice(1) : next;
  const seam = left.slice(-1) + right.slice(0, 1);
  if (seam === '？。') return left + right.slice(1);
  if (CLOSE.test(seam)) return left + right;
  return APART.test(seam) ? `${left} ${right}` : text + next;
}

/** The last character of one text and the first of the next, which stand together, or apart. */
const CLOSE = /^(?:[，。：；？（）、].|.[，。：；？（）、]|[一-鿿]{2})$/;
const APART = /^(?:[一-鿿][A-Za-z0-9`"]|[A-Za-z0-9`"%][一-鿿])$/;

/** The table has no sentence twice for its first letter. */
function lookUp(text: string, table: Table): string | undefined {
  const found = table.get(text);
  const first = text.charAt(0);
  if (found !== undefined || !/[A-Z]/.test(first)) return found;
  return table.get(first.toLowerCase() + text.slice(1));
}

/** A template without words needs no entry: its marks become those of Chinese. */
function punctuation(template: string): string | undefined {
  return /[a-z]/i.test(template)
    ? undefined
    : template
        .replace(/(?<!\.)[,;:.] /g, (mark) => WIDE[mark] ?? mark)
        .replace(/ \(([^()]*)\)/g, '（$1）');
}

const WIDE: Readonly<Record<string, string>> = { ', ': '，', '; ': '；', ': ': '：', '. ': '。' };

const pieces = new Map<string, readonly string[]>();

/** A translation at its places: text, number of a value, text, and so on. */
function piecesOf(text: string): readonly string[] {
  const known = pieces.get(text) ?? text.split(/\{(\d+)\}/);
  pieces.set(text, known);
  return known;
}
