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

/** A phrase from a template literal: say`${key} needs ${gib}`. Values may be phrases themselves. */
export function say(
  { raw: _, ...parts }: TemplateStringsArray,
  ...values: readonly (Message | number)[]
): Phrase {
  const texts = Object.values(parts);
  const template = texts.map((text, i) => (i === 0 ? text : `{${i - 1}}${text}`)).join('');
  return { template, values: values.map((one) => (typeof one === 'number' ? String(one) : one)) };
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
