import type { Change, FieldChange } from '../../run/fix-intent.ts';
import { known } from '../../run/sourced.ts';
import { type ConstraintInput, textOf } from '../constraint.ts';
import { launchSetting, type NamedMapping } from './accelerate.ts';
import { deepSpeedConfig, entryAt, read } from './deepspeed.ts';

type Half = 'fp16' | 'bf16';

/**
 * What else must change with the precision of a run: `fp16.enabled` and `bf16.enabled` of its DeepSpeed
 * config, where they are no `"auto"`, since the trainer stops when they say something else than its own
 * flags (transformers integrations/deepspeed.py, trainer_config_process). `undefined` where a config is
 * named that is not at hand: it may say anything.
 */
export function precisionFollows(
  change: FieldChange,
  run: ConstraintInput,
): readonly Change[] | undefined {
  const format = formatAfter(change, run);
  if (format === undefined) return [];
  const config = deepSpeedConfig(run, run.context);
  if (config === undefined) return isUnread(run) ? undefined : [];
  return (['fp16', 'bf16'] as const).flatMap((half) => follow(config, half, format === half));
}

/** Which of the two flags is on after the change; `undefined` when it leaves them as they are. */
function formatAfter(change: FieldChange, { draft }: ConstraintInput): Half | 'none' | undefined {
  switch (change.field) {
    case 'precision':
      return change.to === 'fp16' || change.to === 'bf16' ? change.to : 'none';
    case 'fp16Flag':
      return change.to ? 'fp16' : undefined;
    case 'trainableDtype':
      return draft.mixedPrecision?.value === 'fp16' ? 'fp16' : 'bf16';
    default:
      return undefined;
  }
}

function follow({ document, root }: NamedMapping, half: Half, to: boolean): readonly Change[] {
  const entry = entryAt(root, `${half}.enabled`);
  const told = entry && read(entry.value);
  if (entry === undefined || typeof told !== 'boolean' || told === to) return [];
  const { path: file } = document.file;
  return [{ kind: 'value', at: { kind: 'written', file, entry, scope: 'deepspeed' }, to }];
}

/** Configs that LLaMA-Factory and axolotl ship: each says `"auto"`. */
const SHIPPED =
  /(?:^|\/)(?:examples\/deepspeed\/ds_z\d\w*_config|deepspeed_configs\/zero[123](?:_torch_compile)?)\.json$/;

function isUnread({ options, recognized, context }: ConstraintInput): boolean {
  const { launch } = recognized;
  const [key, section] = ['deepspeed_config_file', 'deepspeed_config'] as const;
  const handed = launchSetting(launch, context, key, section);
  const name = options.has('deepspeed') ? textOf(options, 'deepspeed') : handed && known(handed);
  if (name === undefined)
    return options.node('deepspeed')?.kind === 'opaque' || handed !== undefined;
  return /\.json$/.test(name) && !SHIPPED.test(name);
}
