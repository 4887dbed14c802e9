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

/** V8 notes where each error was made, which takes longer than to find it; a text may hold one a letter. */
const traces: object & { stackTraceLimit?: number | undefined } = Error;

/** Cuts and composes a text. */
export function compose(text: string): Composed {
  const { stackTraceLimit } = traces;
  traces.stackTraceLimit = 0;
  try {
    const tokens = [...new Parser().parse(text)];
    const documents = [...new Composer(OPTIONS).compose(tokens)].filter((d) => 'range' in d);
    return { tokens, documents };
  } finally {
    traces.stackTraceLimit = stackTraceLimit;
  }
}
