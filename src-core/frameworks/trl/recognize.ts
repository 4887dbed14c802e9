import { flagEntries } from '../../syntax/argv.ts';
import type { Call, Command, Document, Entry, Mapping, Word } from '../../syntax/document.ts';
import { cover } from '../../text/span.ts';
import type { AdapterContext, Launch, Recognized, Section } from '../framework.ts';
import { rootOf } from '../hf/zero.ts';
import {
  baseName,
  NO_LAUNCH,
  processCount,
  programLaunch,
  readLaunch,
  wordText,
} from '../launch.ts';
import { callSection } from '../python/calls.ts';
import { hasOdd, patchedBy } from '../python/patched.ts';
import { type PythonRun, pythonRuns } from '../python/runs.ts';
import { trainerSections } from '../python/trainers.ts';
import { recognizeUnits } from '../recognize-units.ts';
import { findKey } from '../resolve-key.ts';
import type { Scope } from '../schema.ts';
import { hfScope } from '../transformers/scopes.ts';
import { argumentScope } from '../unsloth/scopes.ts';
import { recognizeDefaults } from './defaults.ts';
import { COMMANDS, fileScope, isTrlConfig, trlScope } from './scopes.ts';

/** Runs of TRL: `trl sft ...`, its scripts, its YAML, and its config classes in Python. */
export function recognizeTrl(document: Document, context: AdapterContext): readonly Recognized[] {
  if (document.file.language === 'python') return recognizePython(document, context);
  return recognizeUnits(document, context, recognizeMapping, recognizeCommand);
}

function recognizePython(document: Document, context: AdapterContext): readonly Recognized[] {
  const runs = pythonRuns(document, (call) => isTrlConfig(call.callee));
  if (runs.length === 0) return recognizeDefaults(document, context);
  return runs.map((run) => ({
    adapter: context.adapter('trl'),
    grip: { file: document.file.path, span: run.args.calleeSpan },
    sections: [
      ...around(document, run, context),
      ...trainerSections(document, run.takers, context),
      ...sectionOf(document, run.args, context),
    ],
    launch: programLaunch(document),
    trains: true,
  }));
}

/** The load, its quantisation and its adapter. */
function around(document: Document, run: PythonRun, context: AdapterContext): readonly Section[] {
  const calls = [run.load, run.quantization, run.adapter];
  return calls.flatMap((call) => (call === undefined ? [] : sectionOf(document, call, context)));
}

function sectionOf(document: Document, call: Call, context: AdapterContext): readonly Section[] {
  const scope = isTrlConfig(call.callee) ? trlScope(call.callee) : hfScope(call.callee);
  if (scope === undefined) return [];
  const isOdd = isTrlConfig(call.callee) && hasOdd(call.entries, scope);
  const patched = isOdd ? patchedBy(document, context) : undefined;
  const taken = patched && argumentScope(call.callee, patched === 'perhaps');
  return [callSection(document, call, taken ?? scope)];
}

interface Head {
  readonly scope: Scope;
  readonly from: number;
  readonly args: number;
  /** A script that reads TRL's options and may have some of its own. */
  readonly own?: boolean;
  /** `trl` itself, which starts its script through accelerate. */
  readonly starts?: boolean;
}

function findHead(words: readonly Word[]): Head | undefined {
  for (let i = 0; i < words.length; i++) {
    const text = wordText(words[i]);
    const next = trlCommand(wordText(words[i + 1]));
    if (baseName(text) === 'trl' && next !== undefined)
      return { scope: next, from: i, args: i + 2, starts: true };
    const script = /(?:^|[/.])(?:scripts[/.])?(\w+?)(?:\.py)?$/.exec(text)?.[1] ?? '';
    const named = trlCommand(script.replace(/^run_/, ''));
    if (named === undefined) continue;
    if (/(?:^|[/.])(?:trl|examples)[/.]scripts[/.]/.test(text) && /\.py$|\btrl\./.test(text))
      return { scope: named, from: i, args: i + 1 };
    if (/\.py$/.test(text) && isTrlArgs(words.slice(i + 1)))
      return { scope: fileScope(named), from: i, args: i + 1 };
    // `scripts/sft.py --config recipe.yaml`: alignment-handbook, open-r1 and their like.
    if (/\.py$/.test(text) && readsYaml(words.slice(i + 1)))
      return { scope: named, from: i, args: i + 1, own: true };
  }
  return undefined;
}

function trlCommand(name: string): Scope | undefined {
  return COMMANDS.some((command) => command === name) ? trlScope(name) : undefined;
}

/** `sft.py` is anyone's: the flags of TRL's own script tell. */
function isTrlArgs(words: readonly Word[]): boolean {
  const flags = new Set(words.map((word) => wordText(word).replace(/^--|=.*$/g, '')));
  return flags.has('model_name_or_path') && flags.has('dataset_name');
}

function readsYaml(words: readonly Word[]): boolean {
  return words.some((word, i) => {
    const [flag, joined] = wordText(word).split('=', 2);
    return flag === '--config' && /\.ya?ml$/.test(joined ?? wordText(words[i + 1]));
  });
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
  const { entries, positional } = flagEntries(words, 'gnu');
  // Flags of the launcher may follow the command as well; `--config` names the YAML.
  const own = entries.filter((entry) => !LAUNCHER.has(entry.key));
  const scope = head.own === true ? fileScope(head.scope) : head.scope;
  const section: Section = {
    file,
    document,
    unit: command,
    scope: head.own === true ? { ...scope, unknown: 'open' } : scope,
    entries: own,
    leftover: positional,
    path: [],
  };
  const config = configSection(entries, scope, file, context);
  const launch = readLaunch(command, command.words.slice(0, head.from), file);
  const first = command.words[head.from];
  const last = command.words[head.args - 1];
  return {
    adapter: context.adapter('trl'),
    grip: { file, span: first && last ? cover(first.span, last.span) : command.span },
    sections: config === undefined ? [section] : [config, section],
    launch:
      head.starts === true ? trlLaunch(launch, [...(config?.entries ?? []), ...entries]) : launch,
    trains: true,
    unread: config === undefined && entries.some(({ key }) => key === 'config'),
  };
}

/**
 * `trl sft` hands the launch on to accelerate, which starts a process for each card in sight unless it is
 * told how many; `--accelerate_config zero3` says how they share the work.
 */
function trlLaunch(launch: Launch, entries: readonly Entry[]): Launch {
  if (launch.launcher !== undefined) return launch;
  const named = entries.findLast(({ key }) => key === 'accelerate_config');
  const count = entries.findLast(({ key }) => key === 'num_processes');
  const world = count === undefined ? undefined : processCount(count, launch.file ?? '');
  if (named === undefined) {
    const worldSize = world ?? launch.visibleGpus;
    return worldSize === undefined ? launch : { ...launch, worldSize };
  }
  return {
    ...launch,
    launcher: 'accelerate',
    entries: count === undefined ? [named] : [named, count],
    ...(world !== undefined && { worldSize: world }),
  };
}

const LAUNCHER = new Set(['config', 'accelerate_config', 'num_processes', 'help', 'h']);

function configSection(
  entries: readonly Entry[],
  scope: Scope,
  file: string,
  context: AdapterContext,
): Section | undefined {
  const value = entries.findLast((entry) => entry.key === 'config')?.value;
  const name = value?.kind === 'scalar' ? value.text : undefined;
  const document = name === undefined ? undefined : context.file(name, file);
  const root = document === undefined ? undefined : rootOf(document);
  const unit = document?.units[0];
  if (document === undefined || root === undefined || unit?.kind !== 'mapping') return undefined;
  return mappingSection(document, unit, root.entries, scope);
}

function mappingSection(
  document: Document,
  unit: Mapping,
  entries: readonly Entry[],
  scope: Scope,
): Section {
  const own = entries.filter((entry) => entry.key !== 'env');
  return { file: document.file.path, document, unit, scope, entries: own, leftover: [], path: [] };
}

/** Keys that other frameworks' YAML files have and TRL's do not. */
const FOREIGN = [
  'finetuning_type',
  // open-instruct
  'checkpointing_steps',
  'use_slow_tokenizer',
  'with_tracking',
  'cutoff_len',
  'template',
  'dataset_dir',
  'base_model',
  'model_args',
  'stage',
  'export_dir',
  '_component_',
  'defaults',
];
/** One of these beside a model makes a YAML file TRL's. */
const TELLING = [
  'dataset_name',
  'datasets',
  'use_peft',
  'lora_r',
  'lora_target_modules',
  'dataset_mixture',
  'max_completion_length',
  'reward_funcs',
  'dataset_train_split',
  'dataset_config',
];

function recognizeMapping(
  document: Document,
  unit: Mapping,
  context: AdapterContext,
): Recognized | undefined {
  // JSON with such keys is for a script that parses classes of its own; TRL's programs ask for YAML (trl/scripts/utils.py).
  if (document.file.language !== 'yaml') return undefined;
  const { entries } = unit.root;
  const keys = new Set(entries.map((entry) => entry.key));
  if (!keys.has('model_name_or_path') || FOREIGN.some((key) => keys.has(key))) return undefined;
  if (!TELLING.some((key) => keys.has(key))) return undefined;
  const scope = bestScope(entries);
  if (scope === undefined) return undefined;
  return {
    adapter: context.adapter('trl'),
    grip: { file: document.file.path, span: entries[0]?.keySpan ?? unit.span },
    sections: [mappingSection(document, unit, entries, fileScope(scope))],
    launch: NO_LAUNCH,
    trains: true,
  };
}

/**
 * The command that has, or had, most of the keys; a loss type may tell as well. Where no command has
 * half of them, the file is for something else.
 */
function bestScope(entries: readonly Entry[]): Scope | undefined {
  const loss = entries.findLast((entry) => entry.key === 'loss_type')?.value;
  const node = loss?.kind === 'list' ? loss.items[0] : loss;
  const name = node?.kind === 'scalar' ? node.text : undefined;
  const scored = COMMANDS.map((command) => {
    const scope = trlScope(command);
    const known = entries.reduce((sum, { key }) => sum + (scope ? weight(scope, key) : 0), 0);
    const spec = scope === undefined ? undefined : findKey(scope, 'loss_type');
    const fits = name !== undefined && spec?.choices?.some((choice) => choice === name) === true;
    return { scope, score: known + (fits ? 0.5 : 0) };
  });
  const best = Math.max(...scored.map((one) => one.score));
  return best * 2 < entries.length ? undefined : scored.find((one) => one.score === best)?.scope;
}

/** A key that is gone counts too, but less than one that is there. */
function weight(scope: Scope, key: string): number {
  if (findKey(scope, key) !== undefined) return 1;
  return scope.gone.some((gone) => gone.name === key) ? 0.75 : 0;
}
