/**
 * A text for the user with the values in it kept apart, so that a host can say it in another
 * language: `template` has `{0}`, `{1}` for `values`.
 */
export interface Phrase {
  readonly template: string;
  readonly values: readonly Message[];
}

/** What is said to the user: an English text, or one with values. */
export type Message = string | Phrase;

/** A phrase of fixed texts around values. Put into a text that is not a phrase, it reads in English. */
class Said implements Phrase {
  constructor(
    /** One more than there are values. */
    readonly texts: readonly string[],
    readonly values: readonly Message[],
  ) {}

  get template(): string {
    const known = templates.get(this.texts) ?? templateOf(this.texts);
    templates.set(this.texts, known);
    return known;
  }

  toString(): string {
    return english(this);
  }
}

/** Templates by their texts, which are the same array whenever the same line of code says them. */
const templates = new WeakMap<readonly string[], string>();

function templateOf(texts: readonly string[]): string {
  return texts.map((text, i) => (i === 0 ? text : `{${i - 1}}${text}`)).join('');
}

/** A phrase from a template literal: say`${key} needs ${gib}`. Values may be phrases themselves. */
export function say(
  texts: TemplateStringsArray,
  ...values: readonly (Phrase | string | number | boolean | null | undefined)[]
): Phrase {
  return new Said(
    texts,
    values.map((one) => (isPhrase(one) ? one : String(one))),
  );
}

/** A single word that may be said in another language, unlike a name or a value. */
export function word(text: string): Phrase {
  return new Said([text], []);
}

/** Messages one after the other with `separator` between them. */
export function joined(messages: readonly Message[], separator: string): Message {
  const texts = messages.map((_, i) => (i === 0 ? '' : separator));
  return new Said([...texts, ''], messages);
}

function isPhrase(value: unknown): value is Phrase {
  return typeof value === 'object' && value !== null && 'template' in value;
}

const HOLE = /\{(\d+)\}/g;

/** The message in English. */
export function english(message: Message): string {
  if (typeof message === 'string') return message;
  if (!(message instanceof Said)) return fill(message.template, message.values.map(english));
  return message.values.reduce<string>(
    (text, value, i) => text + english(value) + message.texts[i + 1],
    message.texts[0] ?? '',
  );
}

/** Puts values into a template's places. */
export function fill(template: string, values: readonly string[]): string {
  return template.replace(HOLE, (hole, index) => values[Number(index)] ?? hole);
}
