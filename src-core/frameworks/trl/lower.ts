import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Stage } from '../../run/training-run.ts';
import { lazy } from '../../text/lazy.ts';
import { checkConstraints } from '../constraint.ts';
import { isElided } from '../elided.ts';
import type { AdapterContext, Lowered, Recognized } from '../framework.ts';
import { trainerConstraints } from '../hf/constraints.ts';
import { besideTraining, claimsOwn, gathering, vllmFields } from '../hf/engine-beside.ts';
import { namedModels } from '../hf/other-models.ts';
import { bnbConstraints } from '../peft/bitsandbytes.ts';
import { peftConstraints } from '../peft/constraints.ts';
import { peftCall } from '../peft/facts.ts';
import { kbitConstraints } from '../peft/kbit.ts';
import { olderThan } from '../since.ts';
import { deviceMaps } from '../transformers/device-map.ts';
import { evaluationData } from '../transformers/evaluation.ts';
import { type TrainerFacts, trainsWeights } from '../transformers/facts.ts';
import { loadConstraints } from '../transformers/loads.ts';
import { trainerDraft, trainerLaunch } from '../transformers/lower.ts';
import { packedConstraints } from '../transformers/packed.ts';
import { streamWithoutSteps } from '../transformers/streams.ts';
import { trlConstraints } from './constraints.ts';
import { commandFacts, pythonFacts } from './model-facts.ts';
import { initDtype } from './model-init.ts';
import { peftOptions } from './peft.ts';
import { promptLimit } from './prompt-limit.ts';
import { referenceModel } from './reference.ts';

const STAGES: Readonly<Record<string, Stage>> = {
  sft: 'sft',
  dpo: 'dpo',
  grpo: 'grpo',
  kto: 'kto',
  reward: 'reward',
  rloo: 'grpo',
  SFTConfig: 'sft',
  DPOConfig: 'dpo',
  GRPOConfig: 'grpo',
  KTOConfig: 'kto',
  RewardConfig: 'reward',
  RLOOConfig: 'grpo',
  ORPOConfig: 'orpo',
  CPOConfig: 'cpo',
  PPOConfig: 'ppo',
  GKDConfig: 'gkd',
};

const constraints = lazy(() => [
  ...trainerConstraints(),
  ...trlConstraints(),
  initDtype,
  evaluationData,
  ...deviceMaps(),
  ...loadConstraints(),
  ...packedConstraints(),
  streamWithoutSteps,
  ...peftConstraints((input) => peftOptions(input) ?? peftCall(input)),
  ...bnbConstraints(),
  ...kbitConstraints(),
]);

/** TRL's options as a training run: bf16 unless fp16, fp32 weights unless told, chunked loss. */
export function lowerTrl(o: Options, recognized: Recognized, context: AdapterContext): Lowered {
  const args = recognized.sections.at(-1);
  const python = args?.document.file.language === 'python';
  const stage = stageOf(args?.scope.id ?? '');
  const facts = python ? pythonFacts(o, recognized, context) : commandFacts(o, stage, context);
  const base = trainerDraft(flagged(o), facts, trainerLaunch(o, recognized, context));
  const draft: RunDraft = {
    ...base,
    ...trlFields(o, stage, facts, base, context),
    ...referenceModel(o, stage, facts, recognized),
    ...(stage === 'grpo' && promptLimit(recognized, context)),
    ...(stage === 'grpo' && known(facts.quantization) === null
      ? namedModels(o, 'reward_model_name_or_path', context, { scores: true })
      : {}),
    ...(stage === 'gkd' && known(facts.quantization) === null
      ? namedModels(o, 'teacher_model_name_or_path', context, { scores: false })
      : {}),
    ...engineOf(o, recognized, context),
  };
  const input = { options: o, draft, recognized, context };
  return { draft, problems: checkConstraints(constraints(), input) };
}

/** What a subcommand or config class of TRL trains. */
export function stageOf(id: string): Stage {
  return STAGES[id] ?? 'other';
}

/** bf16 is on unless fp16 is, when nothing is said (base_config.py). */
function flagged(o: Options): Options {
  return new Proxy(o, {
    get(target, name) {
      if (name !== 'bool') {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return (key: string): Sourced<boolean> => {
        const value = target.bool(key);
        if (key !== 'bf16' || target.has('bf16')) return value;
        const fp16 = target.bool('fp16');
        return derived<boolean>(fp16.value !== true, 'TRL trains in bf16 unless fp16 is on', fp16);
      };
    },
  });
}

/** What TRL's own options say, beyond those of the Trainer. */
export function trlFields(
  o: Options,
  stage: Stage,
  facts: TrainerFacts,
  base: RunDraft,
  context: AdapterContext,
): RunDraft {
  const adapter = !trainsWeights(facts.method);
  const qlora = adapter && known(facts.quantization) !== null;
  return {
    stage: byDefault<Stage>(stage, 'the command or config class'),
    maxLength: o.int('max_length'),
    packing: o.bool('packing'),
    ...besideTraining(stage),
    activationOffload: o.bool('activation_offloading'),
    lossKernel: lossKernelOf(o, stage, context),
    generations: o.int('num_generations'),
    maxCompletionLength: o.int('max_completion_length'),
    // Adapters cannot be merged in parts (trl/generation/vllm_generation.py).
    ...gathering(o, adapter),
    ...(stage === 'gkd' && { mixture: mixtureOf(o) }),
    ...(qlora && known(facts.quantization) !== undefined
      ? {
          trainableDtype: byDefault<DType>(
            'bfloat16',
            'TRL casts adapters of quantised models to bf16',
          ),
          optimizerDtype: byDefault<DType>('bfloat16', "the adapters' dtype"),
        }
      : {}),
    gradientCheckpointing: base.gradientCheckpointing ?? byDefault(true, "TRL's default"),
  };
}

/** 0.5 unless told (gkd_config.py). */
function mixtureOf(o: Options): Sourced<boolean> {
  const beta = o.float('beta');
  const value = known(beta);
  if (!o.has('beta')) return byDefault(true, "TRL's `beta` is 0.5");
  return derived<boolean>(value === undefined ? UNKNOWN : value > 0 && value < 1, 'beta', beta);
}

/**
 * Before 0.21 vLLM could be one that counts what trains as its own (setup.cfg: 0.8.3 and newer); before 1.0 a
 * server is the default.
 */
function engineOf(o: Options, recognized: Recognized, context: AdapterContext): RunDraft {
  return vllmFields(o, {
    server: !o.has('vllm_mode') && olderThan(context, 'trl', '1.0'),
    opaque: isElided(recognized) || isOpenCall(recognized),
    claims: claimsOwn(context) && !olderThan(context, 'trl', '0.21'),
    sleeps: o.bool('vllm_enable_sleep_mode'),
  });
}

/** `**something` unread, or another class than TRL's, whose defaults may be others. */
function isOpenCall({ sections }: Recognized): boolean {
  return sections.some(({ unit, scope }) => unit.kind === 'call' && scope.unknown === 'open');
}

/** Where `loss_type` is null, supervised training takes the logits in chunks since 1.7. */
const CHUNKED_SINCE = '1.7';
const SFT_CONFIG = { label: 'trl sft_config.py, __post_init__ (1.7 and newer)' };

/** Only supervised training has a chunked loss, and Liger's goes before it. */
function lossKernelOf(
  o: Options,
  stage: Stage,
  context: AdapterContext,
): Sourced<'full' | 'chunked' | 'fused'> {
  const liger = o.bool('use_liger_kernel');
  if (liger.value === true) return derived<'fused'>('fused', 'Liger fuses the loss', liger);
  if (stage !== 'sft') return byDefault<'full'>('full', 'logits at once');
  const loss = o.text('loss_type');
  const name = known(loss);
  if (name !== undefined)
    return derived<'full' | 'chunked'>(
      name === 'chunked_nll' ? 'chunked' : 'full',
      'loss_type',
      loss,
    );
  return olderThan(context, 'trl', CHUNKED_SINCE)
    ? byDefault<'full'>('full', 'logits at once before TRL 1.7')
    : byDefault<'chunked'>('chunked', "TRL's default: logits in chunks", SFT_CONFIG);
}
