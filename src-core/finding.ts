import type { Safety } from './run/fix-intent.ts';
import type { ClaimLevel, Severity } from './run/problem.ts';
import type { Citation } from './run/sourced.ts';
import type { TextEdit } from './text/edit.ts';
import type { Message } from './text/message.ts';
import type { Span } from './text/span.ts';

/** A place in a file, with what to say there. */
export interface RelatedPlace {
  readonly file: string;
  readonly span: Span;
  readonly message: string;
  /** The message with its values apart, for hosts that speak another language. */
  readonly said?: Message;
}

/** Edits of one file. */
export interface FileEdits {
  readonly file: string;
  readonly edits: readonly TextEdit[];
}

/** A fix ready to apply. */
export interface Fix {
  readonly title: string;
  readonly said?: Message;
  readonly safety: Safety;
  readonly files: readonly FileEdits[];
}

/** What TuneLint says about one place. The editor shows it as a diagnostic. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly claim: ClaimLevel;
  /** In English. */
  readonly message: string;
  readonly said?: Message;
  readonly file: string;
  readonly span: Span;
  readonly related: readonly RelatedPlace[];
  readonly fixes: readonly Fix[];
  readonly cites: readonly Citation[];
  readonly tag?: 'unnecessary' | 'deprecated';
}
