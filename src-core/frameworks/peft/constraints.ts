import type { Options } from '../../run/options.ts';
import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isOn, isSet, numberOf, textOf } from '../constraint.ts';
import { droppedChecks } from './constraints-dropped.ts';
import { otherChecks } from './constraints-other.ts';
import { rangeChecks } from './constraints-ranges.ts';
import { selectionChecks, targetChecks } from './constraints-targets.ts';
import { exclusive, type FindPeft, type PeftCheck, set, toConstraint } from './facts.ts';

const LORA = ['LoraConfig', 'AdaLoraConfig'];
const CONFIG = 'tuners/lora/config.py';
const LAYER = 'tuners/lora/layer.py';

const TASKS = [
  ...['SEQ_CLS', 'SEQ_2_SEQ_LM', 'CAUSAL_LM', 'TOKEN_CLS', 'QUESTION_ANS', 'FEATURE_EXTRACTION'],
];

/** Ways to initialise LoRA: the first are taken in any case of letters. */
const ANY_CASE = ['gaussian', 'olora', 'mica'];
const INITS = [...ANY_CASE, 'eva', 'pissa', 'corda', 'loftq', 'orthogonal', 'lora_ga'];

/** The initialisation as text; `true` and `false` are none. */
function initOf(o: Options, key: string): string | undefined {
  const node = o.node(key);
  if (node?.kind !== 'scalar' || typeof node.value !== 'string') return undefined;
  return node.value;
}

/** Arguments that each make another kind of LoRA layer. */
const VARIANTS = [
  ...['use_dora', 'alora_invocation_tokens', 'use_bdlora', 'arrow_config', 'kasa_config'],
  ...['velora_config', 'monteclora_config'],
];

/** Whether an argument is written and true in Python's sense. */
function isActive(o: Options, key: string): boolean {
  if (!isSet(o, key)) return false;
  const node = o.node(key);
  if (node?.kind === 'list') return node.items.length > 0;
  return node?.kind === 'map' ? true : isOn(o, key);
}

const loraChecks = lazy((): readonly PeftCheck[] => [
  {
    id: 'task',
    where: 'config.py',
    since: '0.14',
    rule: 'bad-choice',
    check({ options: o, config }) {
      const key = config.key('task_type');
      // In Python the table of choices speaks.
      if (key.includes('.')) return undefined;
      const task = o.has(key) ? textOf(o, key) : undefined;
      if (task === undefined || TASKS.includes(task)) return undefined;
      return { at: key, message: say`\`${task}\` is no task of PEFT: one of ${TASKS.join(', ')}` };
    },
  },
  {
    id: 'initialisation',
    where: LAYER,
    of: ['LoraConfig'],
    rule: 'bad-choice',
    check({ options: o, config }) {
      const key = config.key('init_lora_weights');
      const init = initOf(o, key);
      if (init === undefined || INITS.includes(init) || ANY_CASE.includes(init.toLowerCase()))
        return undefined;
      if (init === '' || /^pissa_niter_\d+$|^corda/.test(init)) return undefined;
      return {
        at: key,
        message: say`LoRA cannot be initialised by \`${init}\`: ${INITS.join(', ')} or pissa_niter_N, True or False`,
      };
    },
  },
  {
    id: 'bias-initialisation',
    where: CONFIG,
    of: LORA,
    since: '0.14',
    check({ options: o, config }) {
      const [bias, key] = [config.key('lora_bias'), config.key('init_lora_weights')];
      const init = initOf(o, key);
      if (!isOn(o, bias) || init === undefined) return undefined;
      return exclusive(key, bias, say`lora_bias starts at zero: it does not go with \`${init}\``);
    },
  },
  {
    id: 'bias-dora',
    where: CONFIG,
    of: LORA,
    since: '0.14',
    check({ options: o, config }) {
      const [bias, dora] = [config.key('lora_bias'), config.key('use_dora')];
      if (!isOn(o, bias) || !isOn(o, dora)) return undefined;
      return exclusive(bias, dora, say`DoRA has no lora_bias`);
    },
  },
  {
    id: 'dora-megatron',
    where: CONFIG,
    of: LORA,
    check({ options: o, config }) {
      const [dora, megatron] = [config.key('use_dora'), config.key('megatron_config')];
      if (!isOn(o, dora) || !isSet(o, megatron)) return undefined;
      return exclusive(
        dora,
        megatron,
        say`DoRA does not work with the parallel layers of Megatron`,
      );
    },
  },
  {
    id: 'loftq',
    where: CONFIG,
    of: LORA,
    check({ options: o, config }) {
      const [key, loftq] = [config.key('init_lora_weights'), config.key('loftq_config')];
      if (initOf(o, key) !== 'loftq' || isSet(o, loftq)) return undefined;
      return {
        at: key,
        message: say`\`loftq\` needs loftq_config: into how many bits, how many rounds`,
      };
    },
  },
  {
    id: 'two-variants',
    where: LAYER,
    of: ['LoraConfig'],
    since: '0.18',
    check({ options: o, config }) {
      const keys = VARIANTS.map(config.key).filter((key) => isActive(o, key));
      const [first, second] = keys;
      if (first === undefined || second === undefined) return undefined;
      return exclusive(
        second,
        first,
        say`a LoRA layer is one variant: PEFT has no layer that is both`,
      );
    },
  },
  {
    id: 'orthogonal-rank',
    where: LAYER,
    of: ['LoraConfig'],
    since: '0.16',
    check({ options: o, config }) {
      const [key, r] = [config.key('init_lora_weights'), config.key('r')];
      const rank = o.has(r) ? numberOf(o, r) : undefined;
      if (initOf(o, key) !== 'orthogonal' || rank === undefined || rank % 2 === 0) return undefined;
      return {
        at: r,
        with: [key],
        message: say`orthogonal initialisation splits the rank in two halves: it must be even, not ${rank}`,
        fixes: [set(r, rank + 1)],
      };
    },
  },
  {
    id: 'parameters-text',
    where: CONFIG,
    of: LORA,
    since: '0.17',
    rule: 'wrong-type',
    check({ options: o, config }) {
      const key = config.key('target_parameters');
      const node = o.node(key);
      if (!key.includes('.') || node?.kind !== 'scalar' || typeof node.value !== 'string')
        return undefined;
      return { at: key, message: say`target_parameters is a list of names, not one text` };
    },
  },
]);

const layerChecks = lazy((): readonly PeftCheck[] => [
  ...['layers_to_transform', 'layers_pattern'].map(
    (name): PeftCheck => ({
      id: `text-${name}`,
      where: CONFIG,
      of: [
        ...LORA,
        ...['C3AConfig', 'DeftConfig', 'FourierFTConfig', 'HRAConfig', 'MissConfig'],
        ...['PsoftConfig', 'ShadowConfig', 'UniLoraConfig', 'WaveFTConfig'],
      ],
      since: '0.6',
      check({ options: o, config }) {
        const [targets, key] = [config.key('target_modules'), config.key(name)];
        const node = o.node(targets);
        const text = node?.kind === 'scalar' && typeof node.value === 'string';
        if (!text || !isSet(o, key)) return undefined;
        return {
          at: key,
          with: [targets],
          message: say`target_modules is one text, a pattern over whole paths: ${name} does not go with it, list the modules`,
        };
      },
    }),
  ),
  {
    id: 'pattern-without-layers',
    where: CONFIG,
    of: [
      ...LORA,
      ...['BOFTConfig', 'DeftConfig', 'DeloraConfig', 'FourierFTConfig', 'FrodConfig'],
      ...['HRAConfig', 'LilyConfig', 'LoHaConfig', 'LoKrConfig', 'OFTConfig', 'PeanutConfig'],
      ...['PsoftConfig', 'PveraConfig', 'TinyLoraConfig', 'VBLoRAConfig', 'VeraConfig'],
      ...['WaveFTConfig'],
    ],
    since: '0.14',
    check({ options: o, config }) {
      const [pattern, layers] = [config.key('layers_pattern'), config.key('layers_to_transform')];
      const written = o.has(pattern) ? known(o.texts(pattern)) : undefined;
      if (written === undefined || written.every((text) => text === '')) return undefined;
      if (o.has(layers) && !o.isNull(layers)) return undefined;
      return { at: pattern, message: say`layers_pattern needs layers_to_transform: which layers` };
    },
  },
]);

const CHECKS = lazy((): readonly PeftCheck[] => [
  ...rangeChecks(),
  ...loraChecks(),
  ...layerChecks(),
  ...targetChecks(),
  ...selectionChecks(),
  ...otherChecks(),
  ...droppedChecks(),
]);

/** PEFT's checks of numbers, where `find` finds a config. */
export function peftRanges(find: FindPeft): readonly Constraint[] {
  return rangeChecks().map((check) => toConstraint(check, find));
}

/** PEFT's checks of the modules that a run lists, where `find` finds a config. */
export function peftTargets(find: FindPeft): readonly Constraint[] {
  return targetChecks().map((check) => toConstraint(check, find));
}

/** PEFT's own checks of a config, where `find` finds one. */
export function peftConstraints(find: FindPeft): readonly Constraint[] {
  return CHECKS().map((check) => toConstraint(check, find));
}
