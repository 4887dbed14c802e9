import type { OptionValue } from '../../run/options.ts';
import { known, type Sourced } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** A loss scale that cannot follow the gradients. */
export const staticLossScale = defineRule({
  id: 'static-loss-scale',
  group: 'numerics',
  severity: 'warning',
  claim: 'framework',
  fix: 'none',
  summary: 'fixes the loss scale of fp16, or keeps it from falling',
  cites: [
    {
      label: 'DeepSpeed configuration: fp16, loss_scale 0 is dynamic',
      url: 'https://www.deepspeed.ai/docs/config-json/#fp16-training-options',
    },
  ],
  *check(run) {
    for (const { at, scale, least } of settings(run)) {
      if (scale !== undefined && scale > 0)
        yield {
          at,
          message: say`a loss scale of ${scale} is fixed: every step whose gradients overflow is skipped, and gradients too small for it become 0. \`loss_scale: 0\` adapts it`,
        };
      else if (least !== undefined && least > 1)
        yield {
          at,
          message: say`the loss scale stops falling at ${least}: DeepSpeed ends the run with "Current loss scale already at minimum" where a smaller one would have gone on`,
        };
    }
  },
});

interface Setting {
  readonly at: Sourced<unknown>;
  readonly scale: number | undefined;
  readonly least: number | undefined;
}

/** The section `fp16` of a DeepSpeed config: the file itself, or a mapping handed to the trainer. */
function* settings({ options }: TrainingRun): Iterable<Setting> {
  const scale = options.has('fp16.loss_scale') ? options.float('fp16.loss_scale') : undefined;
  const least = options.has('fp16.min_loss_scale')
    ? options.float('fp16.min_loss_scale')
    : undefined;
  const at = scale ?? least;
  if (at !== undefined && options.get('fp16.enabled').value !== false)
    yield { at, scale: scale && known(scale), least: least && known(least) };
  const given = options.has('deepspeed') ? options.get('deepspeed') : undefined;
  const fp16 = given === undefined ? undefined : part(known(given), 'fp16');
  if (given !== undefined && fp16 !== undefined && part(fp16, 'enabled') !== false)
    yield {
      at: given,
      scale: number(part(fp16, 'loss_scale')),
      least: number(part(fp16, 'min_loss_scale')),
    };
}

function part(value: OptionValue | undefined, key: string): OptionValue | undefined {
  if (typeof value !== 'object' || value === null || isList(value)) return undefined;
  return value[key];
}

function isList(
  value: readonly OptionValue[] | { readonly [key: string]: OptionValue },
): value is readonly OptionValue[] {
  return Array.isArray(value);
}

function number(value: OptionValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
