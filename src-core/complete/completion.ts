import type { TextEdit } from '../text/edit.ts';
import type { Message } from '../text/message.ts';

/** One proposal. The edit replaces what is typed so far. */
export interface Completion {
  readonly label: string;
  readonly kind: 'key' | 'value';
  readonly detail?: Message;
  /** Markdown. */
  readonly documentation?: Message;
  readonly edit: TextEdit;
  readonly sortText?: string;
}
