import { english, fill, type Message } from '../src-core/text/message.ts';
import chinese from './l10n/zh-cn.data.json' with { type: 'json' };

/** Says a message in the user's language. */
export type Localize = (message: Message) => string;

const CHINESE: Readonly<Record<string, string>> = chinese;

/**
 * The localizer for a locale as editors name them (`zh-cn`, `zh-Hans`). A message of which a part has
 * no translation is said in English as a whole.
 */
export function localizer(locale: string | undefined): Localize {
  if (!/^zh(?:$|-(?:cn|hans|sg))/i.test(locale ?? '')) return english;
  return (message) => translated(message, CHINESE) ?? english(message);
}

/** The message by the table; `undefined` where a template of it is missing. */
export function translated(
  message: Message,
  table: Readonly<Record<string, string>>,
): string | undefined {
  const template = typeof message === 'string' ? message : message.template;
  const found = Object.hasOwn(table, template) ? table[template] : undefined;
  if (typeof message === 'string' || found === undefined) return found;
  const values = message.values.map((value) =>
    typeof value === 'string' ? (table[value] ?? value) : translated(value, table),
  );
  return values.includes(undefined) ? undefined : fill(found, values.map(String));
}
