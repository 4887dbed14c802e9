import type { SourceFile } from '../../text/source-file.ts';
import type { Command, Document, Word } from '../document.ts';
import { parseRepaired } from './repair.ts';
import { shellComments, surveyScript } from './survey.ts';
import { readCommands } from './walk.ts';

/** Parses a shell script into its simple commands, in order of the text. */
export function parseShell(file: SourceFile): Document {
  const { script, source, problems } = parseRepaired(file.text);
  const survey = surveyScript(script, source);
  const commands = readCommands(script, source, survey);
  const units = source === file.text ? commands : commands.map((c) => restore(c, file.text));
  units.sort((a, b) => a.span.start - b.span.start);
  return { file, units, problems, comments: shellComments(source, survey.covered) };
}

/** Puts the text as written back where the parser saw a repaired one. */
function restore(command: Command, text: string): Command {
  const raw = (w: Word) => ({ ...w, raw: text.slice(w.span.start, w.span.end) });
  return { ...command, words: command.words.map(raw) };
}
