import { Composer, type CST, type Document, Parser } from 'yaml';

/** A text as the parser sees it. */
export interface Composed {
  readonly tokens: readonly CST.Token[];
  readonly documents: readonly Document[];
}

const OPTIONS = {
  schema: 'failsafe',
  uniqueKeys: false,
  strict: true,
  logLevel: 'silent',
  prettyErrors: false,
} as const;

/** Cuts and composes a text. */
export function compose(text: string): Composed {
  const tokens = [...new Parser().parse(text)];
  const documents = [...new Composer(OPTIONS).compose(tokens)].filter((d) => 'range' in d);
  return { tokens, documents };
}
