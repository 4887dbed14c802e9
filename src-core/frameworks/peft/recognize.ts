import type { Call, Document } from '../../syntax/document.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { programLaunch } from '../launch.ts';
import { callSection } from '../python/calls.ts';
import { originOf } from '../python/origin.ts';
import { pythonRuns } from '../python/runs.ts';
import { findKey } from '../resolve-key.ts';
import { hfScope, isPeftClass, isPeftConfig } from '../transformers/scopes.ts';

const USED =
  /\b(?:from|import)\s+peft\b|\bget_peft_model\b|\binject_adapter_in_model\b|\bPeftModel\b/;
/** A program that trains: a loss runs backward, or a trainer starts. */
const TRAINS = /\.backward\s*\(|Trainer\s*\(|\.train\s*\(\s*\)/;

/** The configs of PEFT and bitsandbytes in a Python file, each with the load that it goes with. */
export function recognizePeft(document: Document, context: AdapterContext): readonly Recognized[] {
  if (document.file.language !== 'python') return [];
  const runs = pythonRuns(document, (call) => isConfig(call, document));
  const adapted = runs.filter(({ args }) => isPeftConfig(args.callee));
  const used = new Set(adapted.map(({ quantization }) => quantization));
  return runs.flatMap(({ args, load, quantization }) => {
    const bnb = args.callee === 'BitsAndBytesConfig';
    if (bnb && used.has(args)) return [];
    const calls = [load, bnb ? undefined : quantization, args];
    return {
      adapter: context.adapter('peft'),
      grip: { file: document.file.path, span: args.calleeSpan },
      sections: calls.flatMap((call) => (call === undefined ? [] : sectionOf(document, call))),
      launch: programLaunch(document),
      trains: isPeftConfig(args.callee) && TRAINS.test(document.file.text),
    };
  });
}

function sectionOf(document: Document, call: Call) {
  const scope = hfScope(call.callee);
  return scope === undefined ? [] : [callSection(document, call, scope)];
}

/** Whether a call makes a config of PEFT or bitsandbytes, by what the file takes from PEFT or, in an excerpt, by its arguments. */
function isConfig(call: Call, document: Document): boolean {
  if (call.callee === 'BitsAndBytesConfig') return true;
  if (!isPeftClass(call.callee) || originOf(document, call) !== 'library') return false;
  if (USED.test(document.file.text)) return true;
  const scope = hfScope(call.callee);
  const known = call.entries.filter((entry) => scope && findKey(scope, entry.key) !== undefined);
  return known.length > 0 && 2 * known.length >= call.entries.length;
}
