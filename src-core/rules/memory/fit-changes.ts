import type { FitChange } from '../../estimate/fit-change.ts';
import { type Change, setField } from '../../run/fix-intent.ts';

/** Changes that make a run fit, as changes of its fields. */
export function changesOf(changes: readonly FitChange[]): readonly Change[] {
  return changes.map(changeOf);
}

function changeOf(one: FitChange): Change {
  switch (one.field) {
    case 'quantization':
      return setField('quantization', { method: 'bnb', bits: 4, type: 'nf4' });
    case 'microBatch':
    case 'gradientAccumulation':
    case 'maxLength':
      return setField(one.field, one.to);
    case 'gradientCheckpointing':
    case 'liger':
      return setField(one.field, one.to);
    case 'optimizer':
      return setField('optimizer', one.to);
    case 'method':
      return setField('method', one.to);
    case 'rollout.utilization':
      return setField('rollout.utilization', one.to);
    case 'rollout.sleeps':
      return setField('rollout.sleeps', one.to);
    case 'lora.targets':
      return setField('lora.targets', one.to);
    case 'parallel.zeroStage':
      return setField('parallel.zeroStage', one.to);
  }
}
