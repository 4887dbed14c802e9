import type { Call, Command, Document } from '../../syntax/document.ts';
import { type CommandScript, scriptOf } from '../command-script.ts';
import type { AdapterContext, Recognized, Section } from '../framework.ts';
import { programLaunch, readLaunch } from '../launch.ts';
import { hasOwnDefaults } from '../own-options.ts';
import { callSection, isFast, loadsModel } from '../python/calls.ts';
import { parsedArguments, parsedSection } from '../python/parsed.ts';
import { pythonRuns } from '../python/runs.ts';
import { trainerSections } from '../python/trainers.ts';
import { findKey } from '../resolve-key.ts';
import { hfScope, isPeftConfig, scriptScope, sharedScope } from './scopes.ts';

const ARGS = new Set(['TrainingArguments', 'Seq2SeqTrainingArguments']);

/** Runs of transformers' Trainer: Python calls, and scripts with its flags. */
export function recognizeTransformers(
  document: Document,
  context: AdapterContext,
): readonly Recognized[] {
  return document.file.language === 'python'
    ? recognizePython(document, context)
    : recognizeScripts(document, context);
}

function recognizePython(document: Document, context: AdapterContext): readonly Recognized[] {
  const runs = pythonRuns(document, (call) => ARGS.has(call.callee));
  if (runs.length === 0) {
    const parsed = recognizeParsed(document, context);
    return parsed.length > 0 ? parsed : recognizeLoads(document, context);
  }
  return runs.map(({ args, takers, adapter, quantization, load }) => {
    const around = [load, quantization, adapter].filter((call) => call !== undefined);
    return {
      adapter: context.adapter('transformers'),
      grip: { file: document.file.path, span: args.calleeSpan },
      sections: [
        ...around.flatMap((call) => sectionOf(document, call)),
        ...trainerSections(document, takers, context),
        ...sectionOf(document, args),
      ],
      launch: programLaunch(document),
      trains: true,
    };
  });
}

/** What a load says of formats and memory. */
const LOADED =
  /^(?:(?:torch_)?dtype|quantization_config|load_in_[48]bit|attn_implementation|device_map)$/;

/** Loads in a program that nothing else is known of: they are read, not judged. */
function recognizeLoads(document: Document, context: AdapterContext): readonly Recognized[] {
  const calls = document.units.filter((unit): unit is Call => unit.kind === 'call');
  // PEFT's and bitsandbytes' configs are read together with their loads.
  if (calls.some(({ callee }) => callee === 'BitsAndBytesConfig' || isPeftConfig(callee)))
    return [];
  const loads = calls.filter(
    (call) => loadsModel(call) && !isFast(call) && call.entries.some(({ key }) => LOADED.test(key)),
  );
  return loads.map((load) => ({
    adapter: context.adapter('transformers'),
    grip: { file: document.file.path, span: load.calleeSpan },
    sections: sectionOf(document, load),
    launch: programLaunch(document),
    trains: false,
  }));
}

/** Programs whose command line fills the arguments in: their own defaults are read. */
function recognizeParsed(document: Document, context: AdapterContext): readonly Recognized[] {
  return parsedArguments(document, (base) => ARGS.has(base)).flatMap((one) => {
    const scope = hfScope(one.base);
    if (scope === undefined) return [];
    return {
      adapter: context.adapter('transformers'),
      grip: { file: document.file.path, span: one.fields?.nameSpan ?? one.parser.calleeSpan },
      sections: [parsedSection(document, one, scope)],
      launch: programLaunch(document),
      trains: false,
    };
  });
}

function sectionOf(document: Document, call: Call): readonly Section[] {
  const scope = hfScope(call.callee);
  if (scope === undefined) return [];
  return [callSection(document, call, scope)];
}

function recognizeScripts(document: Document, context: AdapterContext): readonly Recognized[] {
  const found: Recognized[] = [];
  for (const unit of document.units) {
    if (unit.kind !== 'command' || context.isTaken?.(unit)) continue;
    const script = scriptOf(unit);
    if (script === undefined) continue;
    const one = recognizeScript(document, unit, script, context);
    if (one !== undefined) found.push(one);
  }
  return found;
}

/** Flags that tell a Trainer script from any other, and how many known ones there must be. */
const TELLING = ['per_device_train_batch_size', 'output_dir', 'gradient_accumulation_steps'];
const ENOUGH = 4;

function recognizeScript(
  document: Document,
  command: Command,
  { word, before, entries, positional }: CommandScript,
  context: AdapterContext,
): Recognized | undefined {
  const names = entries.map((entry) => entry.key.replaceAll('-', '_'));
  if (!TELLING.some((name) => names.includes(name))) return undefined;
  const scope = scriptScope();
  const known = names.filter((name) => findKey(scope, name) !== undefined);
  if (known.length < ENOUGH) return undefined;
  const file = document.file.path;
  const sure = known.includes('per_device_train_batch_size');
  const section = { file, document, unit: command, entries, leftover: positional, path: [] };
  return {
    adapter: context.adapter('transformers'),
    grip: { file, span: word.span },
    sections: [{ ...section, scope: sure ? scope : sharedScope() }],
    launch: readLaunch(command, before, file),
    trains: sure || names.includes('do_train'),
    ...(hasOwnDefaults(command, file, context) && { unread: true }),
  };
}
