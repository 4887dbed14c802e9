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
  if (typeof message === 'string') return lookUp(message, table);
  const found = lookUp(message.template, table);
  if (found === undefined) return undefined;
  const values = message.values.map((value) => {
    if (typeof value !== 'string') return translated(value, table);
    // A value of several words is a text; a single one is a name or a number, which stays.
    return value.includes(' ') ? (lookUp(value, table) ?? value) : value;
  });
  return values.includes(undefined) ? undefined : fill(found, values.map(String));
}

/** The table has no sentence twice for its first letter, and nothing for mere punctuation. */
function lookUp(template: string, table: Readonly<Record<string, string>>): string | undefined {
  for (const key of [template, template.charAt(0).toLowerCase() + template.slice(1)])
    if (Object.hasOwn(table, key)) return table[key];
  return /[a-z]/i.test(template) ? undefined : template;
}
