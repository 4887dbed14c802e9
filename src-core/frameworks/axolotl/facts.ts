import type { FixIntent } from '../../run/fix-intent.ts';
import type { Options } from '../../run/options.ts';
import type { KeyProblem, Severity } from '../../run/problem.ts';
import { known, UNKNOWN, type Unknown } from '../../run/sourced.ts';
import type { Phrase } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  removeOption,
  setOption,
  type Violation,
} from '../constraint.ts';
import { isOlder, olderThan } from '../since.ts';
import { type Cfg, cfgOf, truth } from './cfg.ts';
import { firstRelease } from './releases.ts';

type Check = (cfg: Cfg, input: ConstraintInput) => Violation | false | '' | undefined;

/**
 * A check of axolotl; `where` is the file below src/axolotl. An excerpt of a config is not judged,
 * nor is a config for a release that does not make the check yet.
 */
export function rejects(id: string, where: string, check: Check): Constraint {
  const since = firstRelease(id);
  return {
    id,
    cite: { label: `axolotl src/axolotl/${where}` },
    check(input) {
      if (olderThan(input.context, 'axolotl', since)) return undefined;
      const cfg = cfgOf(input.recognized, input.unseen);
      const found = (cfg.whole && check(cfg, input)) || undefined;
      return found && located(found, input.options);
    },
  };
}

/** Sections whose keys have a scope of their own. */
const SCOPES: Readonly<Record<string, string>> = {
  trl: 'TRLConfig',
  vllm: 'VllmConfig',
  ebft: 'EBFTConfig',
  qat: 'QATConfig',
  quantization: 'PTQConfig',
  fsdp_config: 'FSDPConfig',
  special_tokens: 'SpecialTokensConfig',
  dynamic_checkpoint: 'DynamicCheckpointConfig',
  selective_checkpointing: 'SelectiveCheckpointingConfig',
  diffusion: 'DiffusionConfig',
  mora: 'MoraConfig',
};

/** Turns paths such as `trl.beta` into the names that options go by, or into that of the section. */
function located(found: Violation, options: Options): Violation {
  const place = (path: string): string => {
    const [outer = '', inner] = path.split('.');
    if (inner === undefined || options.has(path)) return path;
    const key = inner === 'version' ? 'fsdp_version' : inner.replace(/^fsdp_(?!version)/, '');
    const name = `${SCOPES[outer] ?? outer}.${key}`;
    return options.has(name) ? name : outer;
  };
  return { ...found, at: place(found.at), with: (found.with ?? []).map(place) };
}

/** What axolotl logs, drops or rewrites, and goes on. */
export function notes(
  id: string,
  where: string,
  severity: Severity,
  rule: KeyProblem['rule'],
  check: Check,
): Constraint {
  return { ...rejects(id, where, check), severity, rule };
}

/** A violation; `keys` names the option to underline first, then the others that take part. */
export function clash(
  keys: readonly [string, ...string[]],
  message: Phrase,
  fixes: readonly FixIntent[] = [],
): Violation {
  const [at, ...others] = keys;
  return { at, with: others, message, fixes: [...fixes, ...keys.map(removeOption)] };
}

/** A violation with its own fixes, or none. */
export function wrong(
  keys: readonly [string, ...string[]],
  message: Phrase,
  fixes: readonly FixIntent[] = [],
): Violation {
  const [at, ...others] = keys;
  return { at, with: others, message, fixes };
}

const TARGETS = ['lora_target_linear', 'lora_target_modules', 'lora_target_parameters'];

/** A fix that trains an adapter, with a rank and modules where none are written. */
export function setAdapter(cfg: Cfg, name: 'lora' | 'qlora'): FixIntent {
  const ranks = { lora_r: 16, lora_alpha: 32 };
  const { title, safety, changes } = setOption('adapter', name);
  const settings = [
    ...Object.entries(ranks).filter(([key]) => !cfg.set(key)),
    ...(TARGETS.some((key) => cfg.set(key)) ? [] : [['lora_target_linear', true] as const]),
  ];
  const others = settings.map(([key, to]) => ({ kind: 'option' as const, key, to }));
  return { title, safety, changes: [...changes, ...others] };
}

/** The old switches, the specific ones before the general: each is a name of attn_implementation. */
export const LEGACY_ATTENTION = [
  ['xformers_attention', 'xformers'],
  ['sage_attention', 'sage'],
  ['flex_attention', 'flex_attention'],
  ['flash_attention', 'flash_attention_2'],
  ['sdp_attention', 'sdpa'],
  ['eager_attention', 'eager'],
] as const;

/** The attention backend in force, and the key that says so. */
export function attentionOf(cfg: Cfg): {
  readonly name?: string;
  readonly key: string;
  /** Whether another one may be in force. */
  readonly unsure: boolean;
} {
  const key = 'attn_implementation';
  const name = cfg.text(key);
  const unsure = cfg.get(key) === UNKNOWN;
  if (name !== undefined && name !== '') return { name, key, unsure };
  const old = LEGACY_ATTENTION.find(([flag]) => cfg.on(flag));
  if (old !== undefined) return { name: old[1], key: old[0], unsure };
  const hybrid = cfg.on('gemma4_hybrid_attn_impl');
  return hybrid ? { name: 'flash_attention_2', key, unsure } : { key, unsure };
}

/** Backends that axolotl's flash-attention patches work with. */
export const FLASH: ReadonlySet<string> = new Set([
  'flash_attention_2',
  'flash_attention_3',
  'kernels-community/flash-attn2',
  'kernels-community/flash-attn3',
]);

/** Backends that keep packed samples apart by position ids. */
export const VARLEN: ReadonlySet<string> = new Set([
  ...FLASH,
  'flex_attention',
  'xformers',
  'sage',
  'kernels-community/sage-attention',
]);

/** `bf16` is `auto` unless it is written: true, as far as Python's truth goes. */
export function bf16On(cfg: Cfg): boolean {
  return cfg.get('bf16') === undefined || cfg.on('bf16');
}

/** The FSDP version after the top level and `fsdp_config` are brought together. */
export function fsdpVersion(cfg: Cfg): string | Unknown | undefined {
  for (const path of ['fsdp_version', 'fsdp_config.version', 'fsdp_config.fsdp_version']) {
    const value = cfg.get(path);
    if (value === UNKNOWN) return UNKNOWN;
    if (truth(value) === true) return String(value);
  }
  return cfg.on('fsdp_config') ? '1' : undefined;
}

/** Whether the run is not known to shard by something else than FSDP2. */
export function mayBeFsdp2(cfg: Cfg): boolean {
  const version = fsdpVersion(cfg);
  return version === '2' || version === UNKNOWN;
}

/** A key of `fsdp_config`, with the prefix `fsdp_` or without it. */
export function fsdpOption(cfg: Cfg, key: string): string {
  const prefixed = `fsdp_config.fsdp_${key}`;
  return cfg.get(prefixed) === undefined ? `fsdp_config.${key}` : prefixed;
}

/** Whether FSDP is asked for. */
export function fsdpOn(cfg: Cfg): boolean {
  return cfg.on('fsdp') || cfg.on('fsdp_config');
}

/** Processes, as far as the text or a setting says. */
export function worldOf({ recognized, context }: ConstraintInput, cfg: Cfg): number | undefined {
  const said = recognized.launch.worldSize ?? context.gpus;
  return (said === undefined ? undefined : known(said)) ?? cfg.number('world_size');
}

/** The torch in use, when it is known to be older than `version`. */
export function torchBefore(input: ConstraintInput, version: string): string | undefined {
  const said = input.context.version('torch');
  return said !== undefined && isOlder(said, version) ? known(said) : undefined;
}

/** Compute capability of the card, as a number such as 8.9. */
export function capabilityOf({ context }: ConstraintInput): number | undefined {
  return known(context.gpu)?.computeCapability;
}
