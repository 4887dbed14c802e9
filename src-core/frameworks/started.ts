import type { Command, Document, Node, Unit } from '../syntax/document.ts';
import type { Flags, GivenFlag } from '../syntax/python/command-line.ts';
import { type CommandScript, filesOf, STARTER, scriptOf } from './command-script.ts';
import type { Adapter, AdapterContext, Place, Recognized } from './framework.ts';
import { isLauncher, readLaunch, wordText } from './launch.ts';
import { transformers } from './transformers/adapter.ts';

/** Whose runs a program may make, the one to believe first when two recognise the same call. */
const MAKERS = ['unsloth', 'trl', 'transformers'] as const;

/**
 * Commands that start a Python program which makes its own arguments: `accelerate launch train.py --lr 1e-4`,
 * `torchrun -m pkg.train`.
 * The runs are those of the program, started as the command says; `args.lr` is what the command gives.
 */
export const startedPrograms: Adapter = {
  ...transformers,
  evidence: [
    /\.py\b|\s(?:-m|--module)\s/,
    /\b(?:torchrun|torch\.distributed|accelerate|deepspeed)\b|\bCUDA_VISIBLE_DEVICES=/,
  ],
  recognize(document, context) {
    if (document.file.language !== 'shell') return [];
    return document.units.flatMap((unit) =>
      unit.kind === 'command' && !context.isTaken?.(unit) ? startedBy(unit, document, context) : [],
    );
  },
};

function startedBy(
  command: Command,
  document: Document,
  context: AdapterContext,
): readonly Recognized[] {
  const { path: file } = document.file;
  const script = scriptOf(command);
  if (script === undefined || !starts(script.before.map(wordText))) return [];
  const flags = flagsOf(script, file);
  const program = flags && programIn(script, flags, context);
  if (program === undefined) return [];
  const launch = readLaunch(command, script.before, file);
  const started: Place = { file, document, unit: command, path: [] };
  return runsOf(program, context).map((run) => ({
    ...run,
    grip: { file, span: script.word.span },
    launch: { ...launch, ...(run.launch.visibleGpus && { visibleGpus: run.launch.visibleGpus }) },
    started,
  }));
}

function programIn(
  script: CommandScript,
  flags: Flags,
  context: AdapterContext,
): Document | undefined {
  for (const path of filesOf(script)) {
    const program = context.program(path, flags);
    if (program !== undefined) return program;
  }
  return undefined;
}

/** What hands a command on as it is. */
const WRAPPER =
  /^(?:nohup|time|exec|env|sudo|nice|ionice|stdbuf|timeout|numactl|setsid|srun|mpirun|uv|poetry|pdm|conda|run)$/;

/** Whether the words before a script start it: `pkill -f`, `bash launch.sh` and `python -m py_compile` do not. */
function starts(before: readonly string[]): boolean {
  const at = before.findLastIndex((word) => STARTER.test(word));
  const name = before[at]?.replace(/^.*\//, '');
  if (name === undefined || !isWrapped(before.slice(0, at))) return false;
  const next = before.slice(at + 1);
  if (name === 'accelerate') return next[0] === 'launch';
  const module = next.indexOf('-m');
  if (!name.startsWith('python') || module < 0) return true;
  const isOwn = module === next.length - 1 && !next.includes('-c');
  return isOwn || isLauncher(next[module + 1] ?? '');
}

/** Wrappers with their options: a word behind an option may be its value. */
function isWrapped(words: readonly string[]): boolean {
  return words.every(
    (word, i) =>
      WRAPPER.test(word) ||
      word.startsWith('-') ||
      /^\w+=/.test(word) ||
      (i > 0 && (words[i - 1] ?? '').startsWith('-')) ||
      /^\d+[smhd]?$/.test(word),
  );
}

/** A file of options may say anything. */
const FILE = /\.(?:ya?ml|json|toml)$/;

/** What a command gives to its program; `undefined` where a file of options is among it. */
function flagsOf({ entries, positional }: CommandScript, file: string): Flags | undefined {
  if (positional.some((word) => FILE.test(wordText(word)))) return undefined;
  if (entries.some(({ key, value }) => /config/.test(key) && FILE.test(textIn(value) ?? '')))
    return undefined;
  const given = new Map<string, GivenFlag>();
  for (const { key, keySpan, value } of entries)
    given.set(key.replaceAll('-', '_'), {
      text: textIn(value),
      span: value.kind === 'absent' ? keySpan : value.span,
    });
  const isOpen = [
    ...positional.map(({ value }) => value),
    ...entries.map(({ value }) => value),
  ].some(
    (node) =>
      node.kind === 'opaque' ||
      (node.kind === 'list' && node.items.some(({ kind }) => kind === 'opaque')),
  );
  return { given, file, isOpen, hasWords: positional.length > 0 };
}

/** The text of one word; null where there is none, `undefined` where there are several or it is not known. */
function textIn(value: Node): string | null | undefined {
  if (value.kind === 'absent') return null;
  return value.kind === 'scalar' ? value.text : undefined;
}

function runsOf(program: Document, context: AdapterContext): readonly Recognized[] {
  const taken = new Set<Unit>();
  return MAKERS.flatMap((id) =>
    context
      .adapter(id)
      .recognize(program, context)
      .filter(({ trains, sections }) => {
        const args = sections.at(-1)?.unit;
        if (!trains || args === undefined || taken.has(args)) return false;
        for (const { unit } of sections) taken.add(unit);
        return true;
      }),
  );
}
