import { lazy } from '../../text/lazy.ts';
import type { SourceFile } from '../../text/source-file.ts';
import type { Command, Document, Word } from '../document.ts';
import { parseRepaired } from './repair.ts';
import { lazySurvey, shellComments } from './survey.ts';
import { readCommands } from './walk.ts';

/** The tree of a longer script is not kept for the question of its comments. */
const LONG = 64 * 1024;

/** Parses a shell script into its simple commands, in order of the text. */
export function parseShell(file: SourceFile): Document {
  const { script, source, problems } = parseRepaired(file.text);
  const survey = lazySurvey(script, source);
  const { commands, written } = readCommands(script, source, survey);
  const units = source === file.text ? commands : commands.map((c) => restore(c, file.text));
  units.sort((a, b) => a.span.start - b.span.start);
  const comments = lazy(() => shellComments(file.text, survey.covered));
  // One look gives both.
  if (file.text.length > LONG) comments();
  return {
    file,
    units,
    problems,
    ...(written.length > 0 && { written }),
    get comments() {
      return comments();
    },
    get unbroken() {
      return survey.unbroken;
    },
    get assigned() {
      return survey.assigned;
    },
  };
}

/** Puts the text as written back where the parser saw a repaired one. */
function restore(command: Command, text: string): Command {
  const words = command.words.map((word): Word => {
    const raw = text.slice(word.span.start, word.span.end);
    const value = word.value.kind === 'opaque' ? { ...word.value, text: raw } : word.value;
    const pieces = word.pieces.map((p) =>
      p.opaque === undefined ? p : { ...p, text: text.slice(p.span.start, p.span.end) },
    );
    return { ...word, raw, value, pieces };
  });
  return { ...command, words };
}
