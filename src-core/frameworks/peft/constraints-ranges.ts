import { lazy } from '../../text/lazy.ts';
import { type Phrase, say } from '../../text/message.ts';
import { isSet, numberOf } from '../constraint.ts';
import { type PeftCheck, set } from './facts.ts';

/** Numbers that a method takes, as its config or its layers check them. */
interface Range {
  readonly of: readonly string[];
  readonly argument: string;
  /** Smallest legal value; with `above`, the value must be larger. */
  readonly from: number;
  readonly above?: boolean;
  readonly to?: number;
  /** The value must be smaller than `to`. */
  readonly below?: boolean;
}

/** AdaLoRA starts at `init_r`, OFT takes 0 for "not given", GLoRA and AdaMSS do not look. */
const RANKED = [
  ...['LoraConfig', 'LoHaConfig', 'LoKrConfig', 'VeraConfig', 'PveraConfig', 'HRAConfig'],
  ...['RandLoraConfig', 'VBLoRAConfig', 'PolyConfig', 'ShiraConfig', 'MissConfig', 'DeftConfig'],
  ...['DeloraConfig', 'GraloraConfig', 'HiraConfig', 'LilyConfig', 'PeanutConfig', 'PsoftConfig'],
  ...['TinyLoraConfig', 'UniLoraConfig', 'SupertuningConfig'],
];
const LORA = ['LoraConfig', 'AdaLoraConfig'];

const positive = (of: readonly string[], ...names: readonly string[]): readonly Range[] =>
  names.map((argument) => ({ of, argument, from: 0, above: true }));
const share = (of: readonly string[], ...names: readonly string[]): readonly Range[] =>
  names.map((argument) => ({ of, argument, from: 0, to: 1 }));
const least = (of: readonly string[], from: number, ...names: readonly string[]) =>
  names.map((argument): Range => ({ of, argument, from }));

const RANGES = lazy((): readonly Range[] => [
  ...positive(RANKED, 'r'),
  ...positive(['TinyLoraConfig'], 'u'),
  ...positive(['UniLoraConfig'], 'theta_d_length', 'init_theta_d_bound'),
  ...positive(['GraloraConfig'], 'gralora_k'),
  ...positive(['VeloraConfig'], 'num_groups', 'scale'),
  ...positive(['ArrowConfig'], 'top_k', 'router_temperature'),
  ...positive(['MontecloraConfig'], 'num_samples', 'dirichlet_prior', 'buffer_size'),
  ...share(['UniLoraConfig'], 'unilora_dropout'),
  ...share(['TinyLoraConfig'], 'weight_tying'),
  ...share(['FrodConfig'], 'sparse_rate'),
  ...share(['EvaConfig'], 'tau'),
  { of: ['SupertuningConfig'], argument: 'sparsity', from: 0, to: 1, below: true },
  { of: ['SupertuningConfig'], argument: 'lora_dropout', from: 0, to: 1, below: true },
  ...least(['EvaConfig'], 1, 'rho'),
  ...least(['LilyConfig'], 1, 'stride_A'),
  ...least(['LilyConfig'], 2, 'num_B'),
  ...least(['AdaLoraConfig'], 0, 'orth_reg_weight'),
  ...least(['PeanutConfig'], 0, 'depth'),
  ...least(['CartridgeConfig'], 0, 'num_frozen_tokens'),
  ...least(['KasaConfig'], 0, 'beta', 'gamma'),
  // Dropout below 0 counts as none; torch refuses what is above 1.
  { of: LORA, argument: 'lora_dropout', from: Number.NEGATIVE_INFINITY, to: 1 },
  { of: ['VeraConfig'], argument: 'vera_dropout', from: Number.NEGATIVE_INFINITY, to: 1 },
  { of: ['RandLoraConfig'], argument: 'randlora_dropout', from: Number.NEGATIVE_INFINITY, to: 1 },
]);

/** The checks of numbers, one for each range. */
export const rangeChecks = lazy((): readonly PeftCheck[] =>
  RANGES().map((range) => ({
    id: `range-${range.argument}`,
    where: 'tuners',
    of: range.of,
    check({ options: o, config }) {
      const key = config.key(range.argument);
      const value = o.has(key) ? numberOf(o, key) : undefined;
      // Every module may have a rank of its own.
      if (range.argument === 'r' && isSet(o, config.key('rank_pattern'))) return undefined;
      if (value === undefined || isWithin(value, range)) return undefined;
      return {
        at: key,
        message: say`${range.argument} must be ${words(range)}, not ${value}: PEFT stops`,
        fixes: range.argument === 'r' ? [set(key, 8)] : [],
      };
    },
  })),
);

function isWithin(value: number, { from, above, to, below }: Range): boolean {
  if (above === true ? value <= from : value < from) return false;
  return to === undefined || (below === true ? value < to : value <= to);
}

function words({ from, above, to, below }: Range): Phrase {
  if (to === undefined) return above === true ? say`above ${from}` : say`at least ${from}`;
  if (from === Number.NEGATIVE_INFINITY) return say`at most ${to}`;
  return below === true ? say`from ${from} to below ${to}` : say`from ${from} to ${to}`;
}
