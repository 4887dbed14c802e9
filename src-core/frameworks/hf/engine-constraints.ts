import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOn,
  isSet,
  removeOption,
  setOption,
} from '../constraint.ts';
import { boolOfText } from '../convert.ts';
import { launchSetting } from './accelerate.ts';

const CITE = { label: 'transformers trainer.py, create_accelerator_and_postprocess' };

/** DeepSpeed or FSDP, whoever sets it up: the trainer's options or accelerate. */
function engineOf({ options, draft }: ConstraintInput): 'DeepSpeed' | 'FSDP' | undefined {
  const engine = draft['parallel.engine'];
  const name = engine && known(engine);
  const read = options.node('deepspeed')?.kind !== 'opaque';
  if (isSet(options, 'deepspeed') || (read && name === 'deepspeed')) return 'DeepSpeed';
  return name === 'fsdp' || name === 'fsdp2' ? 'FSDP' : undefined;
}

/** What the Trainer refuses under DeepSpeed and FSDP. */
export const engineConstraints = lazy((): readonly Constraint[] => [
  {
    id: 'save-only-model-with-engine',
    cite: CITE,
    check(input) {
      const { options: o } = input;
      const engine = engineOf(input);
      if (!isOn(o, 'save_only_model') || !isOn(o, 'load_best_model_at_end')) return undefined;
      if (engine === undefined) return undefined;
      return {
        at: 'save_only_model',
        with: ['load_best_model_at_end', 'deepspeed', 'fsdp'],
        message: say`${engine} cannot load the best model back when save_only_model leaves its states out`,
        fixes: [removeOption('save_only_model'), removeOption('load_best_model_at_end')],
      };
    },
  },
  {
    id: 'activation-checkpointing-by-accelerate',
    cite: CITE,
    check(input) {
      const { options: o, recognized, context } = input;
      if (engineOf(input) !== 'FSDP' || !isOn(o, 'gradient_checkpointing')) return undefined;
      const key = 'fsdp_activation_checkpointing';
      const setting = launchSetting(recognized.launch, context, key, 'fsdp_config');
      if (setting === undefined || boolOfText(known(setting) ?? '') !== true) return undefined;
      return {
        at: 'gradient_checkpointing',
        place: setting,
        with: ['gradient_checkpointing'],
        message: say`${key} is on here, the trainer's gradient_checkpointing as well: it takes one and stops`,
        fixes: [setOption('gradient_checkpointing', false)],
      };
    },
  },
]);
