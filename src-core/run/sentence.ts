import type { Message } from '../text/message.ts';

/** A phrase as a sentence begins: its first letter upper case. A key in backquotes stays. */
export function sentence(phrase: Message): Message {
  if (typeof phrase === 'string') return capital(phrase);
  const { template, values } = phrase;
  if (!template.startsWith('{0}')) return { template: capital(template), values };
  const [first = '', ...rest] = values;
  return { template, values: [sentence(first), ...rest] };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
