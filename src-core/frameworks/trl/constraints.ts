import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isOff, isOn, isSet, numberOf, setOption, textOf } from '../constraint.ts';
import { findKey } from '../resolve-key.ts';
import { batchConstraints } from './constraints-batches.ts';
import { dataConstraints } from './constraints-data.ts';
import { givenConstraints } from './constraints-given.ts';
import { grpoConstraints } from './constraints-grpo.ts';
import { nameConstraints } from './constraints-names.ts';
import { preferenceConstraints } from './constraints-preference.ts';
import { tokenConstraints } from './constraints-tokens.ts';
import { visionConstraints } from './constraints-vision.ts';
import { adapts, exclusive, inPython, REWARD, rejects, SFT, textsOf } from './facts.ts';

const SFT_TRAINER = 'trainer/sft_trainer.py';

const supervised = lazy((): readonly Constraint[] => [
  rejects(
    'padding-free-length',
    { by: SFT, where: SFT_TRAINER, since: '1.0' },
    ({ options: o }) => {
      if (!isOn(o, 'padding_free') || !isOff(o, 'packing') || o.isNull('max_length'))
        return undefined;
      if (o.has('max_length') && numberOf(o, 'max_length') === undefined) return undefined;
      return {
        at: 'padding_free',
        with: ['max_length', 'packing'],
        message: say`padding_free without packing does not enforce max_length, and the trainer refuses it: pack, or set max_length to null`,
        fixes: [setOption('packing', true)],
      };
    },
  ),
  rejects('packing-length', { by: SFT, where: SFT_TRAINER, since: '0.16' }, ({ options: o }) => {
    if (!isOn(o, 'packing') || !o.has('max_length') || !o.isNull('max_length')) return undefined;
    return {
      at: 'max_length',
      with: ['packing'],
      message: say`packing fills rows of max_length tokens: it cannot be null`,
      fixes: [setOption('max_length', 1024)],
    };
  }),
  rejects('liger-chunked', { by: SFT, where: SFT_TRAINER, since: '1.4' }, ({ options: o }) => {
    if (!isOn(o, 'use_liger_kernel') || !o.has('loss_type')) return undefined;
    if (textOf(o, 'loss_type') !== 'chunked_nll') return undefined;
    return exclusive(
      'loss_type',
      'use_liger_kernel',
      say`\`chunked_nll\` and the Liger kernels both compute the loss in pieces: take one`,
    );
  }),
  ...(['error', 'warning'] as const).map((severity) =>
    rejects(
      `chunked-head-${severity}`,
      { by: SFT, where: SFT_TRAINER, since: '1.6', severity },
      (input) => {
        // A program may pin a release whose default is another loss.
        const { options: o } = input;
        const sure = !inPython(input) || o.has('loss_type');
        if (sure !== (severity === 'error') || !adapts(input)) return undefined;
        if (!isOff(o, 'use_liger_kernel')) return undefined;
        const loss = o.has('loss_type') ? textOf(o, 'loss_type') : 'chunked_nll';
        const targets = inPython(input) ? 'LoraConfig.target_modules' : 'lora_target_modules';
        if (loss !== 'chunked_nll' || textsOf(o, targets, [])?.includes('lm_head') !== true)
          return undefined;
        return {
          at: targets,
          with: ['loss_type'],
          message: say`the loss \`chunked_nll\`, the default, cannot train an adapter on lm_head: the trainer stops`,
          fixes: [setOption('loss_type', 'nll')],
        };
      },
    ),
  ),
]);

/** ModelConfig and what every trainer checks. */
const common = lazy((): readonly Constraint[] => [
  rejects('two-quantizations', { where: 'trainer/model_config.py' }, ({ options: o }) => {
    if (!findOwn(o, 'load_in_4bit') || !findOwn(o, 'load_in_8bit')) return undefined;
    return exclusive(
      'load_in_4bit',
      'load_in_8bit',
      say`load_in_4bit and load_in_8bit exclude each other`,
    );
  }),
  rejects(
    'unknown-loss',
    { where: 'trainer: unknown loss types raise', rule: 'bad-choice' },
    (input) => {
      const { options: o, recognized } = input;
      const scope = recognized.sections.at(-1)?.scope;
      const spec = scope === undefined ? undefined : findKey(scope, 'loss_type');
      // Closed choices are checked with all other values.
      const open = spec?.choicesOpen === true || spec?.kinds[0] === 'list';
      if (spec?.choices === undefined || !open || !o.has('loss_type')) return undefined;
      // What older releases took is checked with all other values, too.
      const wrong = textsOf(o, 'loss_type', [])?.find(
        (name) =>
          spec.choices?.includes(name) === false &&
          spec.goneValues?.some(({ value }) => value === name) !== true,
      );
      if (wrong === undefined) return undefined;
      return {
        at: 'loss_type',
        message: say`\`${wrong}\` is no loss of ${scope?.title}: one of ${spec.choices.join(', ')}`,
      };
    },
  ),
  rejects(
    'reward-task',
    { by: REWARD, where: 'scripts/reward.py', severity: 'warning' },
    (input) => {
      const { options: o } = input;
      if (inPython(input) || !isOn(o, 'use_peft')) return undefined;
      const task = o.has('lora_task_type') ? textOf(o, 'lora_task_type') : 'CAUSAL_LM';
      if (task !== 'CAUSAL_LM') return undefined;
      return {
        at: o.has('lora_task_type') ? 'lora_task_type' : 'use_peft',
        message: say`a reward model classifies sequences: its adapter needs lora_task_type SEQ_CLS, or the scoring head stays random`,
        fixes: [setOption('lora_task_type', 'SEQ_CLS')],
      };
    },
  ),
  rejects(
    'distillation-range',
    { by: ['GKDConfig', 'GOLDConfig'], where: 'experimental/gkd/gkd_config.py' },
    ({ options: o }) => {
      const key = ['lmbda', 'beta'].find((name) => {
        const value = o.has(name) ? numberOf(o, name) : undefined;
        return value !== undefined && (value < 0 || value > 1);
      });
      return key === undefined
        ? undefined
        : { at: key, message: say`${key} is a share from 0 to 1` };
    },
  ),
  rejects(
    'zero3-reference',
    { by: ['BCOConfig'], where: 'experimental/bco/bco_trainer.py' },
    ({ options: o, draft }) => {
      if (!isOn(o, 'precompute_ref_log_probs') || draft['parallel.zeroStage']?.value !== 3)
        return undefined;
      return exclusive(
        'precompute_ref_log_probs',
        'deepspeed',
        say`log probabilities of the reference cannot be computed ahead under ZeRO-3`,
      );
    },
  ),
]);

/** On among TRL's own options; the same names in `from_pretrained` are another's. */
function findOwn(o: Parameters<typeof isOn>[0], key: string): boolean {
  return isSet(o, key) && isOn(o, key);
}

/** The checks of TRL's config classes and trainers. */
export const trlConstraints = lazy((): readonly Constraint[] => [
  ...common(),
  ...supervised(),
  ...preferenceConstraints(),
  ...batchConstraints(),
  ...grpoConstraints(),
  ...tokenConstraints(),
  ...nameConstraints(),
  ...visionConstraints(),
  ...dataConstraints(),
  ...givenConstraints(),
]);
