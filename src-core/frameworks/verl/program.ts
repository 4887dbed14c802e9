import type { Stage } from '../../run/training-run.ts';

/** What one of verl's programs does, and which config it starts from. */
export interface Program {
  readonly kind: 'rl' | 'sft' | 'other';
  /** A program of verl itself, not one of a recipe: with it come the defaults of `trainer/config`. */
  readonly own: boolean;
  /** The config of `trainer/config` that it starts from, where it is one. */
  readonly config?: string;
  /** Ray starts its processes, as many as `trainer.nnodes` and `trainer.n_gpus_per_node` say. */
  readonly ray: boolean;
  /** Its micro batches hold so many tokens, unless `use_dynamic_bsz` says no. */
  readonly dynamic: boolean;
}

const RL = /\bmain_ppo(?:_v0|_sync)?(?:\.py)?$|\bfully_async_main(?:\.py)?$/;
const SFT = /\b(?:fsdp_)?sft_trainer(?:_ray)?(?:\.py)?$/;
/** `main_generation`, `main_generation_server` and `main_eval`: nothing is trained. */
const NO_TRAINING = /\bmain_(?:generation(?:_server)?|eval)(?:\.py)?$/;

/** Configs of `verl.trainer`'s programs, as their `hydra.main` names them. */
const CONFIGS: Readonly<Record<string, string>> = {
  main_ppo: 'ppo_trainer',
  main_generation_server: 'ppo_trainer',
  main_generation: 'generation',
  main_eval: 'evaluation',
  fsdp_sft_trainer: 'sft_trainer',
  sft_trainer: 'sft_trainer_engine',
  sft_trainer_ray: 'sft_trainer_engine',
};

/** The program of that module or path. */
export function programOf(name: string): Program {
  const config = CONFIGS[/\bverl[./]trainer[./](\w+?)(?:\.py)?$/.exec(name)?.[1] ?? ''];
  return { ...kindOf(name), ...(config === undefined ? {} : { config }) };
}

function kindOf(name: string): Program {
  const own = /\bverl[./](?:trainer|experimental)[./]/.test(name);
  if (!SFT.test(name))
    return { kind: RL.test(name) ? 'rl' : 'other', own, ray: true, dynamic: false };
  return { kind: 'sft', own, ray: /_ray(?:\.py)?$/.test(name), dynamic: !/\bfsdp_/.test(name) };
}

/** Whether the program of that name trains nothing. */
export function onlyGenerates(name: string): boolean {
  return NO_TRAINING.test(name);
}

/**
 * The objective behind `algorithm.adv_estimator` (`AdvantageEstimator` in trainer/ppo/core_algos.py): with
 * `gae` a critic is trained beside the policy, the kinds of GRPO compare the samples of a prompt.
 */
export function stageOf(estimator: string): Stage {
  if (estimator === 'gae') return 'ppo';
  return /^grpo(?:_|$)/.test(estimator) ? 'grpo' : 'other';
}
