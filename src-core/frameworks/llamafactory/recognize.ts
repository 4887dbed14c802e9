import type { Command, Document, Entry, Mapping, Word } from '../../syntax/document.ts';
import { cover, type Span } from '../../text/span.ts';
import type { AdapterContext, Recognized, Section } from '../framework.ts';
import { baseName, CONFIG_FILE, NO_LAUNCH, readLaunch, wordText } from '../launch.ts';
import { recognizeUnits } from '../recognize-units.ts';
import type { Scope } from '../schema.ts';
import { allowsExtraKeys } from './facts.ts';
import { MEGATRON_KEY } from './megatron.ts';
import { lenientScope, llamaFactoryScope, oldScope, openScope, servingScope } from './scopes.ts';
import { keepProgram, readWords } from './words.ts';

/** Keys that only LLaMA-Factory has; one beside a model makes a YAML file its config. */
const OWN_KEYS = new Set([
  'finetuning_type',
  'cutoff_len',
  'lora_target',
  'quantization_bit',
  'dataset_dir',
  'template',
  'infer_backend',
  'export_dir',
  'stage',
  'flash_attn',
  'double_quantization',
  'pref_beta',
  'pref_loss',
  'pure_bf16',
  'freeze_trainable_layers',
  'visual_inputs',
  'enable_liger_kernel',
  'use_unsloth',
  'quantization_method',
  'upcast_layernorm',
  'additional_target',
  'mix_strategy',
]);
/** Keys of other frameworks that also say `model_name_or_path`. */
const FOREIGN_KEYS = ['base_model', 'model_args', 'hydra', 'defaults', 'tokenizer', '_component_'];

/** Configs and commands of LLaMA-Factory in a document. */
export function recognizeLlamaFactory(
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
  const { entries } = unit.root;
  if (!isMarked(entries, OWN_KEYS)) return undefined;
  const first = entries[0];
  return {
    adapter: context.adapter('llamafactory'),
    grip: { file: document.file.path, span: first?.keySpan ?? unit.span },
    sections: [section(document, unit, entries, usualScope(entries))],
    launch: NO_LAUNCH,
    trains: isTrue(entries, 'do_train'),
  };
}

/** What a config for training, evaluation or export has, and one that only loads a model has not: that may be any program's. */
const TASKS = /^(?:stage|do_\w+|dataset|eval_dataset|output_dir|export_\w+)$/;

function usualScope(entries: readonly Entry[]): Scope {
  return entries.some(({ key }) => TASKS.test(key)) ? llamaFactoryScope() : servingScope();
}

/** Whether the entries name a model and have one of LLaMA-Factory's marks, and nobody else's. */
function isMarked(entries: readonly Entry[], marks: ReadonlySet<string>): boolean {
  const keys = new Set(entries.map((entry) => entry.key));
  if (!keys.has('model_name_or_path') || FOREIGN_KEYS.some((key) => keys.has(key))) return false;
  return entries.some((entry) => marks.has(entry.key));
}

function section(
  document: Document,
  unit: Mapping,
  entries: readonly Entry[],
  usual: Scope,
): Section {
  const isOther = entries.some(({ key }) => MEGATRON_KEY.test(key)) || isEvaluation(entries);
  const scope = isOther ? openScope() : usual;
  return { file: document.file.path, document, unit, scope, entries, leftover: [], path: [] };
}

/** A config for `llamafactory-cli eval`, which has options of its own. */
function isEvaluation(entries: readonly Entry[]): boolean {
  const has = (name: string): boolean => entries.some(({ key }) => key === name);
  return has('task') && !has('stage') && !has('do_train');
}

function isTrue(entries: readonly Entry[], key: string): boolean {
  const value = entries.findLast((entry) => entry.key === key)?.value;
  return value?.kind === 'absent' || (value?.kind === 'scalar' && /^true$/i.test(value.text));
}

/** Source: src/llamafactory/launcher.py. */
const READS = ['FORCE_TORCHRUN', 'NNODES', 'NPROC_PER_NODE', 'USE_MCA', 'USE_MEGATRON_BRIDGE'];

interface Head {
  readonly from: number;
  readonly args: number;
  readonly trains: boolean;
}

/** A program of releases up to this one; 0.7.1 has `src/train.py` in its place. */
const OLD_SCRIPT = /(?:^|\/)train_(?:bash|sft)\.py$/;
const LAST_OLD = { version: '0.7.0', included: true } as const;

const SCRIPT = /(?:^|\/)(?:train_bash|train|train_sft|train_web)\.py$/;
const OWN_SCRIPT = /(?:^|\/)llamafactory\/launcher\.py$/;
const SUBCOMMANDS = new Set(['train', 'chat', 'export', 'eval', 'api', 'webchat']);

/** The entries of a config that a command names, where it is at hand. */
type ReadConfig = (path: string) => readonly Entry[];

/** Where LLaMA-Factory's program stands in a command. */
function findHead(words: readonly Word[], read: ReadConfig): Head | undefined {
  for (let i = 0; i < words.length; i++) {
    const text = wordText(words[i]);
    const next = wordText(words[i + 1]);
    if (/^(?:llamafactory-cli|lmf)$/.test(baseName(text)) && SUBCOMMANDS.has(next))
      return { from: i, args: i + 2, trains: next === 'train' };
    const args = words.slice(i + 1);
    if (OWN_SCRIPT.test(text) || (SCRIPT.test(text) && isLlamaFactoryArgs(args, read)))
      return { from: i, args: i + 1, trains: true };
  }
  return undefined;
}

/** `python src/train.py` is anyone's: what only LLaMA-Factory has tells, in flags or in the config. */
function isLlamaFactoryArgs(words: readonly Word[], read: ReadConfig): boolean {
  return areOwnFlags(words) || isConfigAndOverrides(words) || isOwnConfig(words, read);
}

/** So many of its marks, `stage` among them, tell where the method is left to its default. */
const ENOUGH = 3;

function areOwnFlags(words: readonly Word[]): boolean {
  const flags = new Set(words.map((word) => wordText(word).replace(/^--|=[\s\S]*$/g, '')));
  if (!flags.has('model_name_or_path') || !flags.has('stage')) return false;
  const own = [...OWN_KEYS].filter((key) => flags.has(key));
  return flags.has('finetuning_type') || own.length >= ENOUGH;
}

const OVERRIDE =
  /^(?:model_name_or_path|adapter_name_or_path|finetuning_type|cutoff_len|template|stage|dataset|eval_dataset)=/;

/** `src/train.py config.yaml cutoff_len=4096`: a file, then options of LLaMA-Factory. */
function isConfigAndOverrides(words: readonly Word[]): boolean {
  const [config, ...rest] = words;
  if (config === undefined || config.raw.startsWith('-')) return false;
  const isFile = config.value.kind === 'opaque' || CONFIG_FILE.test(wordText(config));
  return isFile && rest.some((word) => OVERRIDE.test(word.raw));
}

/** What no config of LLaMA-Factory's is without, and hardly one of anybody else's has beside a model. */
const MARKS = new Set(['stage', 'finetuning_type']);

/** `src/train.py config.yaml`: what the file holds tells. */
function isOwnConfig([config, ...rest]: readonly Word[], read: ReadConfig): boolean {
  if (!CONFIG_FILE.test(wordText(config)) || !rest.every((word) => /^["']?\w+=/.test(word.raw)))
    return false;
  return isMarked(read(wordText(config)), MARKS);
}

function recognizeCommand(
  document: Document,
  command: Command,
  context: AdapterContext,
): Recognized | undefined {
  const file = document.file.path;
  const head = findHead(
    command.words,
    (path) => mappingIn(path, file, context)?.unit.root.entries ?? [],
  );
  if (head === undefined) return undefined;
  const launch = readLaunch(command, command.words.slice(0, head.from), file);
  const { config: word, unsure, entries, positional } = readWords(command.words.slice(head.args));
  const program = command.words[head.args - 1];
  const isOld = OLD_SCRIPT.test(wordText(program));
  const usual = isOld ? oldScope() : llamaFactoryScope();
  const scope = allowsExtraKeys(launch) ? lenientScope() : usual;
  const config = word && fileSection(wordText(word), file, context, scope);
  const own: Section = {
    file,
    document,
    unit: command,
    scope,
    entries,
    leftover: positional,
    path: [],
    ...(word && { style: 'overrides' }),
  };
  const all = [...(config?.entries ?? []), ...entries];
  const recognized: Recognized = {
    adapter: context.adapter('llamafactory'),
    grip: { file, span: gripSpan(command, head) },
    sections: config === undefined ? [own] : [config, own],
    launch,
    trains: head.trains && isTrue(all, 'do_train'),
    // `llamafactory-cli train`; `python src/train.py` starts no processes of its own.
    ...(head.trains && head.args - head.from > 1 && { reads: READS }),
    unread: config === undefined && (word !== undefined || unsure),
    ...(isOld && { newest: LAST_OLD }),
  };
  if (program === undefined) return recognized;
  const { trains } = head;
  return keepProgram(recognized, { word: program, trains, unsure, ...(word && { config: word }) });
}

function gripSpan(command: Command, head: Head): Span {
  const first = command.words[head.from];
  const last = command.words[head.args - 1];
  return first && last ? cover(first.span, last.span) : command.span;
}

function fileSection(
  path: string,
  from: string,
  context: AdapterContext,
  scope: Scope,
): Section | undefined {
  const found = mappingIn(path, from, context);
  return found && section(found.document, found.unit, found.unit.root.entries, scope);
}

function mappingIn(
  path: string,
  from: string,
  context: AdapterContext,
): { readonly document: Document; readonly unit: Mapping } | undefined {
  const document = context.file(path, from);
  const unit = document?.units[0];
  return document !== undefined && unit?.kind === 'mapping' ? { document, unit } : undefined;
}
