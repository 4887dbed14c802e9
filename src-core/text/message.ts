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

/** A phrase that, put into a text that is not one, still reads in English. */
class Said implements Phrase {
  constructor(
    readonly template: string,
    readonly values: readonly Message[],
  ) {}

  toString(): string {
    return english(this);
  }
}

/** A phrase from a template literal: say`${key} needs ${gib}`. Values may be phrases themselves. */
export function say(
  texts: TemplateStringsArray,
  ...values: readonly (Phrase | string | number | boolean | null | undefined)[]
): Phrase {
  const template = texts.map((text, i) => (i === 0 ? text : `{${i - 1}}${text}`)).join('');
  return new Said(
    template,
    values.map((one) => (isPhrase(one) ? one : String(one))),
  );
}

/** A single word that may be said in another language, unlike a name or a value. */
export function word(text: string): Phrase {
  return new Said(text, []);
}

/** Messages one after the other with `separator` between them. */
export function joined(messages: readonly Message[], separator: string): Message {
  const template = messages.map((_, i) => `{${i}}`).join(separator);
  return new Said(template, messages);
}

function isPhrase(value: unknown): value is Phrase {
  return typeof value === 'object' && value !== null && 'template' in value;
}

const HOLE = /\{(\d+)\}/g;

/** The message in English. */
export function english(message: Message): string {
  return typeof message === 'string'
    ? message
    : fill(message.template, message.values.map(english));
}

/** Puts values into a template's places. */
export function fill(template: string, values: readonly string[]): string {
  return template.replace(HOLE, (hole, index) => values[Number(index)] ?? hole);
}
