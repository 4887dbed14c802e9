import type { Call, Document } from '../../syntax/document.ts';
import { isDots } from '../elided.ts';
import type { AdapterContext, Recognized, Section } from '../framework.ts';
import { programLaunch } from '../launch.ts';
import { callSection } from '../python/calls.ts';
import { parsedArguments, parsedSection } from '../python/parsed.ts';
import { pythonRuns } from '../python/runs.ts';
import { trainerSections } from '../python/trainers.ts';
import { hfScope } from '../transformers/scopes.ts';
import { isTrlConfig, trlScope } from './scopes.ts';

/**
 * Programs that make no config of TRL's: the command line fills it in, or the trainer makes it with
 * every default (`SFTTrainer(model="...", train_dataset=...)`), which is a run like any other.
 */
export function recognizeDefaults(
  document: Document,
  context: AdapterContext,
): readonly Recognized[] {
  const parsed = recognizeParsed(document, context);
  if (parsed.length > 0) return parsed;
  // The arguments of transformers' own trainer, which that adapter reads.
  const other = document.units.some(
    (unit) => unit.kind === 'call' && /TrainingArguments$/.test(unit.callee),
  );
  if (other) return [];
  return pythonRuns(document, (call) => configOf(call) !== undefined).map((run) => {
    const { args, load, quantization, adapter } = run;
    const calls = [load, quantization, adapter].filter((call) => call !== undefined);
    return {
      adapter: context.adapter('trl'),
      grip: { file: document.file.path, span: args.calleeSpan },
      sections: [
        ...calls.flatMap((call) => plain(document, call)),
        ...trainerSections(document, [args], context),
        ...implied(document, args),
      ],
      launch: programLaunch(document),
      trains: isWhole(args),
    };
  });
}

function recognizeParsed(document: Document, context: AdapterContext): readonly Recognized[] {
  return parsedArguments(document, isTrlConfig).flatMap((one) => {
    const scope = trlScope(one.base);
    if (scope === undefined) return [];
    const { span } = { span: one.fields?.nameSpan ?? one.parser.calleeSpan };
    return {
      adapter: context.adapter('trl'),
      grip: { file: document.file.path, span },
      sections: [parsedSection(document, one, scope)],
      launch: programLaunch(document),
      trains: false,
    };
  });
}

/** The config class that a trainer makes when it is given none. */
function configOf({ callee }: Call): string | undefined {
  const config = callee.replace(/Trainer$/, 'Config');
  return config !== callee && isTrlConfig(config) ? config : undefined;
}

/** Whether the call shows that no arguments are given: neither `args` nor anything left out. */
function isWhole({ entries, positional, open }: Call): boolean {
  const dots = positional.some((node) => node.kind === 'opaque' && isDots(node.text));
  return !open && !dots && positional.length < 2 && !entries.some(({ key }) => key === 'args');
}

function implied(document: Document, trainer: Call): readonly Section[] {
  const scope = trlScope(configOf(trainer) ?? '');
  if (scope === undefined) return [];
  return [{ ...callSection(document, trainer, scope), entries: [], implied: true }];
}

function plain(document: Document, call: Call): readonly Section[] {
  const scope = hfScope(call.callee);
  return scope === undefined ? [] : [callSection(document, call, scope)];
}
