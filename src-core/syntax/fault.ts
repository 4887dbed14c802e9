import type { Phrase } from '../text/message.ts';
import type { Span } from '../text/span.ts';

/** What the loader of a framework stops at: the first place that it cannot read, and why. */
export interface Fault {
  readonly span: Span;
  readonly why: Phrase;
  /** Whether only this line is lost to a reader that goes on. */
  readonly local?: boolean;
}

/** Which characters YAML has no place for, not even in comments. */
export const CONTROL_CHARACTER = /(?![\t\n\r\u0085])\p{Cc}/u;
