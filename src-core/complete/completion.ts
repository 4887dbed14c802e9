import type { TextEdit } from '../text/edit.ts';
import type { Message } from '../text/message.ts';

/** One proposal. The edit replaces the word that the caret stands in. */
export interface Completion {
  readonly label: string;
  readonly kind: 'key' | 'value';
  readonly detail?: Message;
  /** Markdown. */
  readonly documentation?: Message;
  readonly edit: TextEdit;
  readonly sortText?: string;
}

/** What may be typed at one place. */
export interface Completions {
  readonly items: readonly Completion[];
  /** Whether there are more, to be asked for once more is typed. */
  readonly partial: boolean;
}
