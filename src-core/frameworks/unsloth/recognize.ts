import type { Call, Document } from '../../syntax/document.ts';
import type { AdapterContext, Recognized, Section } from '../framework.ts';
import { programLaunch } from '../launch.ts';
import { callSection, isFast } from '../python/calls.ts';
import { pythonRuns } from '../python/runs.ts';
import type { Scope } from '../schema.ts';
import { isTrlConfig } from '../trl/scopes.ts';
import { adapterScope, argumentScope, loadScope } from './scopes.ts';

/** Runs of TRL's trainers over a model that Unsloth loads; a load by itself is read, not judged. */
export function recognizeUnsloth(
  document: Document,
  context: AdapterContext,
): readonly Recognized[] {
  if (document.file.language !== 'python') return [];
  const calls = document.units.filter((unit): unit is Call => unit.kind === 'call');
  if (!calls.some(isLoad)) return [];
  const trained = pythonRuns(document, isArguments).map(({ args }) =>
    recognized(document, context, args, calls),
  );
  return trained.length > 0
    ? trained
    : calls.filter(isLoad).map((load) => recognized(document, context, load, calls));
}

function isLoad(call: Call): boolean {
  return call.callee === 'from_pretrained' && isFast(call);
}

function isArguments(call: Call): boolean {
  return isTrlConfig(call.callee) || /^(?:Seq2Seq)?TrainingArguments$/.test(call.callee);
}

function recognized(
  document: Document,
  context: AdapterContext,
  main: Call,
  calls: readonly Call[],
): Recognized {
  const near = (test: (call: Call) => boolean): Call | undefined =>
    calls.findLast((call) => call.span.start < main.span.start && test(call)) ?? calls.find(test);
  const load = isLoad(main) ? main : near(isLoad);
  const adapter = near((call) => call.callee === 'get_peft_model' && isFast(call));
  const sections = [
    ...part(document, load, loadScope(load?.receiver ?? '')),
    ...part(document, adapter, adapterScope()),
    ...part(document, main === load ? undefined : main, argumentScope(main.callee)),
  ];
  return {
    adapter: context.adapter('unsloth'),
    grip: { file: document.file.path, span: main.calleeSpan },
    sections,
    launch: programLaunch(document),
    trains: main !== load,
  };
}

function part(
  document: Document,
  call: Call | undefined,
  scope: Scope | undefined,
): readonly Section[] {
  if (call === undefined || scope === undefined) return [];
  return [callSection(document, call, scope)];
}
