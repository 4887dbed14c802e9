import { flagEntries } from '../../syntax/argv.ts';
import type { Command, Document, Mapping, Word } from '../../syntax/document.ts';
import { cover } from '../../text/span.ts';
import type { AdapterContext, Recognized, Section } from '../framework.ts';
import { baseName, readLaunch, wordText } from '../launch.ts';
import type { Scope } from '../schema.ts';
import { fileLaunch, fileSections, recognizeSwiftFile } from './config-file.ts';
import { configName, isConfigFlag, namesUnknown, usesRay } from './config-flag.ts';
import { swiftScope } from './scopes.ts';
import { toleratedIn } from './tolerated.ts';

const TRAINING = new Set(['sft', 'pt', 'rlhf', 'megatron sft', 'megatron pt', 'megatron rlhf']);

/** Source: swift/cli/main.py (use_torchrun). */
const READS = ['NNODES', 'NPROC_PER_NODE'];

interface Head {
  readonly scope: Scope;
  /** Index of the first word of the program. */
  readonly from: number;
  /** Index of the first argument. */
  readonly args: number;
}

/** Every `swift ...` and `megatron ...` command of a shell document, and the files they read. */
export function recognizeSwift(document: Document, context: AdapterContext): readonly Recognized[] {
  const found: Recognized[] = [];
  for (const unit of document.units) {
    if (unit.kind === 'mapping') {
      const one = recognizeSwiftFile(document, unit, context);
      if (one !== undefined) found.push(one);
    }
    const head = unit.kind === 'command' ? findHead(unit) : undefined;
    if (unit.kind === 'command' && head !== undefined)
      found.push(recognizeCommand(document, unit, head, context));
  }
  return found;
}

function findHead(command: Command): Head | undefined {
  for (let i = 0; i < command.words.length; i++) {
    const head = headAt(command.words, i);
    if (head !== undefined) return head;
  }
  return undefined;
}

function headAt(words: readonly Word[], i: number): Head | undefined {
  const text = wordText(words[i]);
  const next = wordText(words[i + 1]);
  const name = baseName(text);
  const byName = name === 'swift' ? next : name === 'megatron' ? `megatron ${next}` : undefined;
  const named = byName === undefined ? undefined : swiftScope(byName);
  if (named !== undefined) return { scope: named, from: i, args: i + 2 };
  const script = /(?:^|[/.])swift[/.]cli[/.](_megatron[/.])?(\w+?)(?:\.py)?$/.exec(text);
  if (script?.[2] === undefined) return undefined;
  const scope = swiftScope(`${script[1] === undefined ? '' : 'megatron '}${script[2]}`);
  return scope === undefined ? undefined : { scope, from: i, args: i + 1 };
}

function recognizeCommand(
  document: Document,
  command: Command,
  { scope, from, args }: Head,
  context: AdapterContext,
): Recognized {
  const file = document.file.path;
  const words = command.words.slice(args);
  const flags = flagEntries(words, 'gnu');
  const { positional } = flags;
  const ray = usesRay(scope, words);
  const entries = flags.entries.filter(
    (entry) => !isConfigFlag(entry) && !(ray && RAY_FLAGS.has(entry.key)),
  );
  const own: Section = {
    file,
    document,
    unit: command,
    scope,
    entries,
    leftover: positional,
    path: [],
  };
  const named = configName(words);
  const config = named === undefined ? undefined : configFile(named, file, context);
  const read = config === undefined ? [] : fileSections(config.document, config.unit, scope);
  const launch = readLaunch(command, command.words.slice(0, from), file);
  const spread = config === undefined ? undefined : fileLaunch(config.document, config.unit, scope);
  const first = command.words[from];
  const last = command.words[args - 1];
  const span = first && last ? cover(first.span, last.span) : command.span;
  return {
    adapter: context.adapter('swift'),
    grip: { file, span },
    sections: toleratedIn([...read, own]),
    launch: spread?.worldSize === undefined ? launch : { ...launch, worldSize: spread.worldSize },
    trains: TRAINING.has(scope.id),
    // `swift sft`; `python swift/cli/sft.py` starts no processes of its own.
    ...(args - from > 1 && { reads: READS }),
    unread: (named !== undefined && config === undefined) || flags.entries.some(namesUnknown),
  };
}

function configFile(
  named: string,
  file: string,
  context: AdapterContext,
): { readonly document: Document; readonly unit: Mapping } | undefined {
  const document = context.file(named, file);
  const unit = document?.units[0];
  return document !== undefined && unit?.kind === 'mapping' ? { document, unit } : undefined;
}

const RAY_FLAGS = new Set(['use_ray', 'config']);
