import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, type ConstraintInput, isOn, removeOption } from '../constraint.ts';
import { launchSetting } from './accelerate.ts';

/** Where a program and TRL's command say what 4-bit weights are stored in. */
const STORAGE = ['BitsAndBytesConfig.bnb_4bit_quant_storage', 'bnb_4bit_quant_storage'];
const WIDTH = [
  'BitsAndBytesConfig.load_in_4bit',
  'BitsAndBytesConfig.load_in_8bit',
  'load_in_4bit',
  'load_in_8bit',
];

/** What FSDP refuses to divide, and how it saves. */
export const shardedConstraints = lazy((): readonly Constraint[] => [
  {
    id: 'fsdp-packed-weights',
    cite: {
      label: 'PEFT docs/source/accelerate/fsdp.md: QLoRA with FSDP',
      url: 'https://github.com/huggingface/peft/blob/main/docs/source/accelerate/fsdp.md',
    },
    check({ options: o, draft, recognized }) {
      const packed = draft.quantization && known(draft.quantization);
      const engine = draft['parallel.engine'] && known(draft['parallel.engine']);
      const world = draft['parallel.worldSize'] && known(draft['parallel.worldSize']);
      const own = recognized.adapter.id === 'transformers' || recognized.adapter.id === 'trl';
      if (!own || packed?.method !== 'bnb' || engine !== 'fsdp' || world === 1) return undefined;
      const load = draft.loadDtype && known(draft.loadDtype);
      const key = STORAGE.find((one) => o.has(one));
      const stored = packed.bits === 8 ? 'int8' : (packed.storageDtype ?? 'uint8');
      if (key !== undefined && packed.bits !== 8 && packed.storageDtype === undefined)
        return undefined;
      if (stored === load || (load === undefined && /^b?float/.test(stored))) return undefined;
      const at = key ?? WIDTH.find((one) => o.has(one)) ?? 'load_in_4bit';
      return {
        at,
        message: say`FSDP joins the weights of a layer into one tensor and stops at ${stored} beside ${load ?? 'float'}: "Must flatten tensors with uniform dtype". With 4 bits bnb_4bit_quant_storage must be the dtype of the load`,
      };
    },
  },
  ...(['error', 'warning'] as const).map(
    (severity): Constraint => ({
      id: `save-only-model-sharded-${severity}`,
      severity,
      cite: { label: 'transformers trainer.py, create_accelerator_and_postprocess' },
      check(input) {
        const { options: o, recognized } = input;
        if (!isOn(o, 'save_only_model') || recognized.adapter.id === 'swift') return undefined;
        if (o.has('fsdp') !== (severity === 'warning') || !savesShards(input)) return undefined;
        return {
          at: 'save_only_model',
          with: ['fsdp_config'],
          message: say`FSDP saves SHARDED_STATE_DICT here, which the Trainer does not combine with save_only_model: it stops`,
          fixes: [removeOption('save_only_model')],
        };
      },
    }),
  ),
]);

/**
 * Whether FSDP saves in shards: as accelerate is told, which does so by default under its second version. The plugin
 * that transformers 5 makes of the trainer's own `fsdp` keeps that default whatever `fsdp_config` says.
 */
function savesShards({ options: o, draft, recognized, context }: ConstraintInput): boolean {
  const engine = draft['parallel.engine'] && known(draft['parallel.engine']);
  if (o.has('fsdp') || !/^fsdp2?$/.test(engine ?? '')) return engine === 'fsdp2';
  const told = launchSetting(recognized.launch, context, 'fsdp_state_dict_type', 'fsdp_config');
  if (told === undefined) return engine === 'fsdp2';
  return /^(?:SHARDED_STATE_DICT|3)$/i.test(known(told) ?? '');
}
