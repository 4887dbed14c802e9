import { known } from '../../run/sourced.ts';
import type { Call } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isSet } from '../constraint.ts';
import { loadsModel } from '../python/calls.ts';
import { callsOf } from '../python/follow.ts';

const PREPARE = 'prepare_model_for_kbit_training';
const KEY = 'from_pretrained.dtype';

/** What preparing for k-bit training does to a model that is not loaded in few bits. */
export const kbitConstraints = lazy((): readonly Constraint[] => [
  {
    id: 'peft-kbit-of-16-bit',
    rule: 'overridden-key',
    severity: 'warning',
    cite: { label: `PEFT src/peft/utils/other.py, ${PREPARE}` },
    check({ options: o, draft, recognized }) {
      const document = recognized.sections[0]?.document;
      const calls = document === undefined ? [] : callsOf(document);
      const [load, ...others] = calls.filter(loadsModel);
      const prepare = calls.find((call) => call.callee === PREPARE);
      if (document === undefined || load === undefined || prepare === undefined) return undefined;
      const { text } = document.file;
      const sure = others.length === 0 && !load.open && takes(prepare, load.assignedTo);
      if (!sure || columnOf(text, load) !== columnOf(text, prepare)) return undefined;
      const packed = ['quantization_config', 'load_in_4bit', 'load_in_8bit'];
      if (packed.some((key) => isSet(o, `from_pretrained.${key}`))) return undefined;
      const model = draft.model === undefined ? undefined : known(draft.model);
      const dtype = o.has(KEY) ? known(o.text(KEY)) : undefined;
      if (model?.record === undefined || model.record.quantized !== undefined) return undefined;
      if (dtype === undefined || !/^(?:torch\.)?b?float16$/.test(dtype)) return undefined;
      return {
        at: KEY,
        message: say`the model is not quantised, and ${PREPARE} casts every 16-bit weight to fp32: its weights take twice the memory`,
      };
    },
  },
]);

/** Whether the first argument of a call is that variable. */
export function takes({ positional: [first] }: Call, name: string | undefined): boolean {
  return name !== undefined && first?.kind === 'opaque' && first.text === name;
}

/** How far the statement of a call is indented. */
export function columnOf(text: string, { span: { start } }: Call): number {
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  return line.length - line.trimStart().length;
}
