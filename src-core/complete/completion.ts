import type { TextEdit } from '../text/edit.ts';

/** One proposal. The edit replaces what is typed so far. */
export interface Completion {
  readonly label: string;
  readonly kind: 'key' | 'value';
  readonly detail?: string;
  /** Markdown. */
  readonly documentation?: string;
  readonly edit: TextEdit;
  readonly sortText?: string;
}
