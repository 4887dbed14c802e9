import { flagEntries } from '../../syntax/argv.ts';
import type { Command, Document, Word } from '../../syntax/document.ts';
import { cover } from '../../text/span.ts';
import type { AdapterContext, Recognized, Section } from '../framework.ts';
import { rootOf } from '../hf/parallel.ts';
import { baseName, readLaunch, wordText } from '../launch.ts';
import type { Scope } from '../schema.ts';
import { swiftScope } from './scopes.ts';

const TRAINING = new Set(['sft', 'pt', 'rlhf', 'megatron sft', 'megatron pt', 'megatron rlhf']);

interface Head {
  readonly scope: Scope;
  /** Index of the first word of the program. */
  readonly from: number;
  /** Index of the first argument. */
  readonly args: number;
}

/** Every `swift ...` and `megatron ...` command of a shell document. */
export function recognizeSwift(document: Document, context: AdapterContext): readonly Recognized[] {
  const found: Recognized[] = [];
  for (const unit of document.units) {
    if (unit.kind !== 'command') continue;
    const head = findHead(unit);
    if (head !== undefined) found.push(recognizeCommand(document, unit, head, context));
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
  const { entries, positional } = flagEntries(words, 'gnu');
  const own: Section = {
    file,
    document,
    unit: command,
    scope,
    entries,
    leftover: positional,
    path: [],
  };
  const config = configSection(words, scope, file, context);
  const first = command.words[from];
  const last = command.words[args - 1];
  const span = first && last ? cover(first.span, last.span) : command.span;
  return {
    adapter: context.adapter('swift'),
    grip: { file, span },
    sections: config === undefined ? [own] : [config, own],
    launch: readLaunch(command, command.words.slice(0, from), file),
    trains: TRAINING.has(scope.id),
  };
}

/** `swift sft config.yaml ...`: the file's keys stand for flags, flags behind it win. */
function configSection(
  words: readonly Word[],
  scope: Scope,
  file: string,
  context: AdapterContext,
): Section | undefined {
  const first = wordText(words[0]);
  const named = /\.(ya?ml|json)$/.test(first) ? first : configFlag(words);
  if (named === undefined) return undefined;
  const document = context.file(named, file);
  const root = document === undefined ? undefined : rootOf(document);
  const unit = document?.units[0];
  if (document === undefined || root === undefined || unit === undefined) return undefined;
  return {
    file: document.file.path,
    document,
    unit,
    scope,
    entries: root.entries,
    leftover: [],
    path: [],
    flags: true,
  };
}

function configFlag(words: readonly Word[]): string | undefined {
  const at = words.findIndex((word) => wordText(word) === '--config');
  const name = at < 0 ? '' : wordText(words[at + 1]);
  return /\.(ya?ml|json)$/.test(name) ? name : undefined;
}
