/** The four languages a training config is written in, and what a run prints. */
export type Language = 'shell' | 'yaml' | 'json' | 'python' | 'log';

/** One document as the host handed it over. `path` is opaque to the core, except for its ending. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly language: Language;
}

/** Line and column, both from 0, the column in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Translates offsets to positions and back by binary search; built once for each text. */
export interface LineIndex {
  readonly lineCount: number;
  positionAt(offset: number): Position;
  offsetAt(position: Position): number;
}

/** Builds the line index of `text`; `\n`, `\r\n` and a lone `\r` each end a line. */
export function lineIndex(text: string): LineIndex {
  const starts = lineStarts(text);
  return {
    lineCount: starts.length,
    positionAt(offset) {
      const at = Math.max(0, Math.min(offset, text.length));
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= at) low = middle;
        else high = middle - 1;
      }
      return { line: low, column: at - (starts[low] ?? 0) };
    },
    offsetAt({ line, column }) {
      if (line < 0) return 0;
      const start = starts[line];
      if (start === undefined) return text.length;
      return Math.min(start + Math.max(0, column), starts[line + 1] ?? text.length);
    },
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10) starts.push(i + 1);
    else if (code === 13 && text.charCodeAt(i + 1) !== 10) starts.push(i + 1);
  }
  return starts;
}

const LANGUAGE_BY_ENDING: Readonly<Record<string, Language>> = {
  sh: 'shell',
  bash: 'shell',
  zsh: 'shell',
  slurm: 'shell',
  sbatch: 'shell',
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  jsonc: 'json',
  ipynb: 'json',
  py: 'python',
  log: 'log',
  out: 'log',
  err: 'log',
  txt: 'log',
};

/** Files of metrics, by their names: their endings are those of configs and data. */
const LOG_NAMES: ReadonlySet<string> = new Set([
  'trainer_state.json',
  'trainer_log.jsonl',
  'logging.jsonl',
]);

/** Whether the path is that of a file of metrics, whose ending says JSON. */
export function isLogName(path: string): boolean {
  return LOG_NAMES.has(nameOf(path));
}

function nameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/**
 * The language a path's name or ending names, or `undefined`. Much that is called `.txt` or `.log`
 * is no training log: the text decides (`isTrainingLog`).
 */
export function languageOf(path: string): Language | undefined {
  const name = nameOf(path);
  if (LOG_NAMES.has(name)) return 'log';
  const dot = name.lastIndexOf('.');
  return dot < 0 ? undefined : LANGUAGE_BY_ENDING[name.slice(dot + 1).toLowerCase()];
}
