import { written } from '../../run/sourced.ts';
import { flagEntries } from '../../syntax/argv.ts';
import type { Command, Document, Entry, Mapping, Node, Word } from '../../syntax/document.ts';
import { cover } from '../../text/span.ts';
import { asInt } from '../convert.ts';
import type { AdapterContext, Launch, Recognized, Section } from '../framework.ts';
import { baseName, NO_LAUNCH, readLaunch, wordText } from '../launch.ts';
import { recognizeUnits } from '../recognize-units.ts';
import { resolveKey } from '../resolve-key.ts';
import { clickNames, rootScope } from './scopes.ts';
import { configSections, pluginsOf } from './sections.ts';

/** Keys that few but axolotl have: neither TrainingArguments nor the programs like alpaca-lora. */
const OWN_KEYS = new Set([
  'sequence_len',
  'sample_packing',
  'eval_sample_packing',
  'pad_to_sequence_len',
  'dataset_prepared_path',
  'shuffle_merged_datasets',
  'pretraining_dataset',
  'lora_target_linear',
  'lora_model_dir',
  'is_llama_derived_model',
  'type_of_model',
  'evals_per_epoch',
  'saves_per_epoch',
  'rl',
  'trl',
]);
/** Keys that a config of another program has at its top level. */
const FOREIGN_KEYS = [
  'model_name_or_path',
  'model_args',
  '_component_',
  'slices',
  'models',
  'experts',
  'compute_environment',
];

/** Configs and commands of axolotl in a document. */
export function recognizeAxolotl(
  document: Document,
  context: AdapterContext,
): readonly Recognized[] {
  return recognizeUnits(document, context, recognizeMapping, recognizeCommand);
}

function recognizeMapping(
  document: Document,
  unit: Mapping,
  context: AdapterContext,
): Recognized | undefined {
  if (!isConfig(unit)) return undefined;
  return {
    adapter: context.adapter('axolotl'),
    grip: { file: document.file.path, span: unit.root.entries[0]?.keySpan ?? unit.span },
    sections: configSections(document, unit),
    launch: NO_LAUNCH,
    trains: true,
  };
}

/**
 * Many programs call their model `base_model`. Two marks of axolotl make it a config of axolotl, or one
 * while it has no key that axolotl lacks: that is how a config begins.
 */
function isConfig({ root: { entries } }: Mapping): boolean {
  const keys = new Set(entries.map((entry) => entry.key));
  if (FOREIGN_KEYS.some((key) => keys.has(key))) return false;
  const marks = marksOf(entries);
  if (!keys.has('base_model')) return marks >= 3;
  if (marks !== 1) return marks >= 2;
  const scope = rootScope(pluginsOf(entries));
  // What is being typed has no value yet.
  return entries.every(
    ({ key, value }) => value.kind === 'absent' || resolveKey(scope, key).kind !== 'unknown',
  );
}

function marksOf(entries: readonly Entry[]): number {
  const own = new Set(entries.map(({ key }) => key).filter((key) => OWN_KEYS.has(key))).size;
  const plugins = pluginsOf(entries).some((name) => name.startsWith('axolotl.')) ? 1 : 0;
  const data = entries.findLast(({ key }) => key === 'datasets')?.value;
  return own + plugins + (data === undefined ? 0 : marksOfData(data));
}

/** Data sets of axolotl are mappings with a path and the type of their prompts. */
function marksOfData(data: Node): number {
  if (data.kind !== 'list') return 0;
  const has = (name: string) =>
    data.items.some((item) => item.kind === 'map' && item.entries.some(({ key }) => key === name));
  if (!has('path')) return 0;
  return has('type') ? 2 : 1;
}

interface Head {
  readonly from: number;
  readonly args: number;
  readonly command: string;
  readonly module: boolean;
}

const COMMAND =
  /^(?:train|evaluate|preprocess|inference|merge-lora|merge-sharded-fsdp-weights|fetch|quantize|vllm-serve|chat)$/;
const YAML = /\.ya?ml$/;

function findHead(words: readonly Word[]): Head | undefined {
  for (let i = 0; i < words.length; i++) {
    const text = wordText(words[i]);
    const next = wordText(words[i + 1]);
    if (baseName(text) === 'axolotl' && COMMAND.test(next))
      return { from: i, args: i + 2, command: next, module: false };
    const module = /^axolotl\.cli\.(\w+)$/.exec(text)?.[1];
    if (module !== undefined && wordText(words[i - 1]) === '-m')
      return { from: i, args: i + 1, command: module, module: true };
    if (/(?:^|\/)scripts\/finetune\.py$/.test(text) && YAML.test(next))
      return { from: i, args: i + 1, command: 'train', module: true };
  }
  return undefined;
}

function recognizeCommand(
  document: Document,
  command: Command,
  context: AdapterContext,
): Recognized | undefined {
  const head = findHead(command.words);
  if (head === undefined) return undefined;
  const file = document.file.path;
  const words = command.words.slice(head.args);
  const stop = words.findIndex((word) => wordText(word) === '--');
  const own = stop < 0 ? words : words.slice(0, stop);
  const named = own.findIndex((word) => YAML.test(wordText(word)));
  const config = fileSections(wordText(own[named]), file, context);
  const flags = flagEntries(
    own.filter((_, index) => index !== named),
    'gnu',
  );
  const options = flags.entries.filter((entry) => !NOT_CONFIG.has(entry.key));
  const base = rootScope(pluginsOf(config[0]?.entries ?? []));
  // `axolotl train` hands options that it does not know to the launcher.
  const unknown = head.module ? base.unknown : 'open';
  const section: Section = {
    file,
    document,
    unit: command,
    scope: { ...base, unknown, names: 'dash' },
    entries: options,
    leftover: flags.positional,
    path: [],
    // Modules read their words with `fire`, which takes names as they are.
    ...(!head.module && { spelled: clickNames }),
  };
  const before = command.words.slice(0, head.from);
  const behind = stop < 0 ? [] : words.slice(stop + 1);
  const first = command.words[head.from];
  const last = command.words[head.args - 1];
  return {
    adapter: context.adapter('axolotl'),
    grip: { file, span: first && last ? cover(first.span, last.span) : command.span },
    sections: [...config, section],
    launch: launchOf(command, before, behind, options, file),
    trains: head.command === 'train' && config.length > 0,
    unread: config.length === 0,
  };
}

/** Options of the commands that are no options of the config. */
const NOT_CONFIG = new Set(['launcher', 'cloud', 'sweep', 'debug', 'prompter', 'shard', 'gradio']);

/** Behind `--`, or among its own flags, `axolotl train` takes options for the launcher. */
function launchOf(
  command: Command,
  before: readonly Word[],
  behind: readonly Word[],
  own: readonly Entry[],
  file: string,
): Launch {
  const launch = readLaunch(command, before, file);
  if (launch.worldSize !== undefined) return launch;
  const entries = [...own, ...flagEntries(behind, 'gnu').entries];
  const count = entries.findLast((entry) => PROCESSES.test(entry.key));
  if (count === undefined) return launch;
  return { ...launch, worldSize: written(asInt(count.value), file, count) };
}

const PROCESSES = /^n(?:um[-_]processes|proc[-_]per[-_]node)$/;

function fileSections(path: string, from: string, context: AdapterContext): readonly Section[] {
  const document = path === '' ? undefined : context.file(path, from);
  const unit = document?.units[0];
  if (document === undefined || unit?.kind !== 'mapping') return [];
  return configSections(document, unit);
}
