import { flagEntries } from '../../syntax/argv.ts';
import type { Command, Document, Entry, Mapping, Word } from '../../syntax/document.ts';
import { cover } from '../../text/span.ts';
import type { AdapterContext, Recognized, Section } from '../framework.ts';
import { rootOf } from '../hf/zero.ts';
import { NO_LAUNCH, readLaunch, wordText } from '../launch.ts';
import { recognizeUnits } from '../recognize-units.ts';
import type { Scope } from '../schema.ts';
import { loadScopes, type SchemaData, scopeIds } from '../schema-load.ts';
import data from './keys.data.json' with { type: 'json' };

const schema = data as unknown as SchemaData;
const load = loadScopes(schema);
const ids = scopeIds(schema);

/** Commands and configs of litgpt. */
export function recognizeLitgpt(
  document: Document,
  context: AdapterContext,
): readonly Recognized[] {
  return recognizeUnits(document, context, recognizeMapping, recognizeCommand);
}

/** Keys beside `checkpoint_dir` or `model_name` that only litgpt's files have. */
const TELLING = ['precision', 'quantize', 'lora_r', 'lora_query', 'out_dir', 'logger_name'];

function recognizeMapping(
  document: Document,
  unit: Mapping,
  context: AdapterContext,
): readonly Recognized[] {
  const { entries } = unit.root;
  const keys = new Set(entries.map((entry) => entry.key));
  const pretrain = keys.has('model_name') && !keys.has('checkpoint_dir');
  if (!keys.has('checkpoint_dir') && !pretrain) return [];
  if (TELLING.filter((key) => keys.has(key)).length < 2 || !keys.has('train')) return [];
  if (!document.file.text.includes('litgpt') && !isTrain(entries)) return [];
  const lora = [...keys].some((key) => key.startsWith('lora_')) || keys.has('quantize');
  const scope = load(pretrain ? 'pretrain' : lora ? 'finetune_lora' : 'finetune_full');
  return [
    {
      adapter: context.adapter('litgpt'),
      grip: { file: document.file.path, span: entries[0]?.keySpan ?? unit.span },
      sections: mappingSections(document, unit, entries, scope),
      launch: NO_LAUNCH,
      trains: true,
    },
  ];
}

/** Whether `train` is litgpt's `TrainArgs`, in a file that does not name it. */
function isTrain(entries: readonly Entry[]): boolean {
  const train = entries.findLast((entry) => entry.key === 'train')?.value;
  const has = (name: string): boolean =>
    train?.kind === 'map' && train.entries.some(({ key }) => key === name);
  return has('micro_batch_size') && has('global_batch_size');
}

function mappingSections(
  document: Document,
  unit: Mapping,
  entries: readonly Entry[],
  scope: Scope,
): readonly Section[] {
  const file = document.file.path;
  const root = { file, document, unit, scope, entries, leftover: [], path: [] };
  const train = entries.findLast((entry) => entry.key === 'train')?.value;
  if (train?.kind !== 'map') return [root];
  const nested = { ...root, scope: load('train'), entries: train.entries, path: ['train'] };
  return [nested, root];
}

function scopeAt(words: readonly Word[], i: number): { scope: Scope; args: number } | undefined {
  if (wordText(words[i]) !== 'litgpt') return undefined;
  const name = wordText(words[i + 1]);
  const kind = wordText(words[i + 2]);
  if (name === 'finetune') {
    const named = ids.has(`finetune_${kind}`);
    return { scope: load(named ? `finetune_${kind}` : 'finetune_lora'), args: i + (named ? 3 : 2) };
  }
  return ids.has(name) && /^(?:finetune_|pretrain)/.test(name)
    ? { scope: load(name), args: i + 2 }
    : undefined;
}

function recognizeCommand(
  document: Document,
  command: Command,
  context: AdapterContext,
): readonly Recognized[] {
  const { words } = command;
  const at = words.findIndex((_, i) => scopeAt(words, i) !== undefined);
  const head = scopeAt(words, at);
  const first = words[at];
  if (head === undefined || first === undefined) return other(document, command, context);
  const file = document.file.path;
  const { entries: given, positional } = flagEntries(words.slice(head.args), 'gnu');
  const entries = given.map(readByYaml);
  const own = entries.filter((entry) => entry.key !== 'config' && !entry.key.includes('.'));
  const checkpoint = positional[0];
  const model: Entry[] =
    checkpoint === undefined || checkpoint.value.kind !== 'scalar'
      ? []
      : [
          {
            key: head.scope.id === 'pretrain' ? 'model_name' : 'checkpoint_dir',
            keySpan: checkpoint.span,
            value: checkpoint.value,
            span: checkpoint.span,
          },
        ];
  const config = configSections(entries, head.scope, file, context);
  const train = entries
    .filter((entry) => entry.key.startsWith('train.'))
    .map((entry) => ({ ...entry, key: entry.key.slice('train.'.length) }));
  const unit = { file, document, unit: command, leftover: [], path: [] };
  const last = words[head.args - 1] ?? first;
  return [
    {
      adapter: context.adapter('litgpt'),
      grip: { file, span: cover(first.span, last.span) },
      sections: [
        ...config,
        { ...unit, path: ['train'], scope: load('train'), entries: train },
        { ...unit, scope: head.scope, entries: [...model, ...own] },
      ],
      launch: readLaunch(command, words.slice(0, at), file),
      trains: true,
      unread: config.length === 0 && entries.some(({ key }) => key === 'config'),
    },
  ];
}

/** jsonargparse reads values as YAML does: `--train.max_norm null` is None. */
function readByYaml(entry: Entry): Entry {
  const { value } = entry;
  if (value.kind !== 'scalar' || !/^(?:null|Null|NULL|~)$/.test(value.text)) return entry;
  return { ...entry, value: { ...value, value: null } };
}

/** `litgpt chat`, `download` and the like: known, but nothing trains. */
function other(
  document: Document,
  command: Command,
  context: AdapterContext,
): readonly Recognized[] {
  const program = command.words.find((word) => wordText(word) === 'litgpt');
  if (program === undefined) return [];
  return [
    {
      adapter: context.adapter('litgpt'),
      grip: { file: document.file.path, span: program.span },
      sections: [],
      launch: NO_LAUNCH,
      trains: false,
    },
  ];
}

function configSections(
  entries: readonly Entry[],
  scope: Scope,
  file: string,
  context: AdapterContext,
): readonly Section[] {
  const value = entries.findLast((entry) => entry.key === 'config')?.value;
  const document = value?.kind === 'scalar' ? context.file(value.text, file) : undefined;
  const unit = document?.units[0];
  const root = document === undefined ? undefined : rootOf(document);
  if (document === undefined || root === undefined || unit?.kind !== 'mapping') return [];
  return mappingSections(document, unit, root.entries, scope);
}
