import type { Command, Document, Entry, Mapping } from '../../syntax/document.ts';
import { scriptOf } from '../command-script.ts';
import type { Adapter, Recognized, Section } from '../framework.ts';
import { NO_LAUNCH, readLaunch } from '../launch.ts';
import { recognizeUnits } from '../recognize-units.ts';
import { findKey } from '../resolve-key.ts';
import { transformers } from './adapter.ts';
import { ownScope } from './scopes.ts';
import { SCRIPT_NAMES, scriptFacts } from './script.ts';

/**
 * Scripts and files that take some of the Trainer's names, or are started as a training is, and of
 * which nothing else is known. Their model and options are told; nothing about them is judged.
 * Asked last, after every adapter that knows more.
 */
export const ownScripts: Adapter = {
  ...transformers,
  evidence: [
    /--(?:pretrained_|base_)?model(?:[_-](?:name|path|id)|\b)|--(?:use_)?lora|--learning[_-]rate|\b(?:torchrun|torch\.distributed|accelerate|deepspeed)\b|^model_name_or_path\s*:/m,
  ],
  recognize(document, context) {
    if (document.file.language === 'python') return [];
    return recognizeUnits(document, context, recognizeMapping, recognizeCommand);
  },
  lower(_, recognized, context) {
    const { model, method, quantization, loadDtype, rest } = scriptFacts(recognized, context);
    return { draft: { model, method, quantization, loadDtype, ...rest }, problems: [] };
  },
};

function recognizeCommand(document: Document, command: Command): readonly Recognized[] {
  const script = scriptOf(command);
  if (script === undefined) return [];
  const { word, before, entries, positional } = script;
  const file = document.file.path;
  const launch = readLaunch(command, before, file);
  if (!isTold(entries) && launch.launcher !== 'torchrun') return [];
  const section = ownSection(document, command, entries);
  const sections = [{ ...section, leftover: positional }];
  const grip = { file, span: word.span };
  return [{ adapter: ownScripts, grip, sections, launch, trains: false }];
}

function recognizeMapping(document: Document, unit: Mapping): readonly Recognized[] {
  const { entries } = unit.root;
  const grip = { file: document.file.path, span: entries[0]?.keySpan ?? unit.span };
  if (!entries.some(({ key }) => key === 'model_name_or_path')) return [];
  if (entries.filter(({ key }) => findKey(ownScope(), key) !== undefined).length < 3) return [];
  return [
    {
      adapter: ownScripts,
      grip,
      sections: [ownSection(document, unit, entries)],
      launch: NO_LAUNCH,
      trains: false,
    },
  ];
}

function ownSection(
  document: Document,
  unit: Command | Mapping,
  entries: readonly Entry[],
): Section {
  const { path: file } = document.file;
  return { file, document, unit, scope: ownScope(), entries, leftover: [], path: [] };
}

/** Whether the flags are those of training: a model and one of the Trainer's, a LoRA, or three. */
function isTold(entries: readonly Entry[]): boolean {
  const names = entries.map(({ key }) => key.replaceAll('-', '_'));
  const has = (wanted: readonly string[]): boolean => names.some((name) => wanted.includes(name));
  if (has(['model_name_or_path']) || has(SCRIPT_NAMES.lora) || has(SCRIPT_NAMES.rank)) return true;
  const told = Object.values(SCRIPT_NAMES).flat() as readonly string[];
  const trainer = names.filter(
    (name) => findKey(ownScope(), name) !== undefined || told.includes(name),
  ).length;
  return trainer >= (has(SCRIPT_NAMES.model) ? 2 : 3);
}
