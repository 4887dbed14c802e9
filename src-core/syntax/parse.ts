import type { SourceFile } from '../text/source-file.ts';
import { span } from '../text/span.ts';
import type { Document } from './document.ts';
import { parseJson } from './json.ts';
import { type Program, parsePython } from './python/python.ts';
import { parseShell } from './shell/shell.ts';
import { parseYaml } from './yaml/yaml.ts';

const PARSERS = {
  shell: parseShell,
  yaml: parseYaml,
  json: parseJson,
  python: parsePython,
  log: (file: SourceFile): Document => ({ file, units: [], problems: [], comments: [] }),
} as const;

const MAX_PROBLEMS = 50;

/**
 * Parses a file by its language. Never throws: text that a parser gives up on (such as brackets
 * nested thousands deep) comes back without units and with a problem. `before` is the document of
 * an earlier text of the file: it makes no difference to what comes out. `program` is what is known of a
 * Python program beside its text.
 */
export function parseDocument(file: SourceFile, before?: Document, program?: Program): Document {
  return guarded(file, () => PARSERS[file.language](file, before, program));
}

function guarded(file: SourceFile, parse: () => Document): Document {
  try {
    const document = parse();
    const { problems } = document;
    return problems.length > MAX_PROBLEMS
      ? { ...document, problems: problems.slice(0, MAX_PROBLEMS) }
      : document;
  } catch (error) {
    const what = error instanceof RangeError ? 'nested too deeply to read' : String(error);
    const whole = span(0, file.text.length);
    return { file, units: [], problems: [{ span: whole, message: what }], comments: [] };
  }
}
