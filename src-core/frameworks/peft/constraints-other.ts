import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { isOn, isSet, numberOf, removeOption, textOf } from '../constraint.ts';
import type { PeftCheck } from './facts.ts';

const PROMPTS = ['PromptTuningConfig', 'PrefixTuningConfig', 'PromptEncoderConfig'];

/** The checks of the other methods' configs. */
export const otherChecks = lazy((): readonly PeftCheck[] => [
  {
    id: 'adalora-steps',
    where: 'tuners/adalora/config.py',
    of: ['AdaLoraConfig'],
    since: '0.15',
    check({ options: o, config }) {
      const key = config.key('total_step');
      const steps = o.has(key) ? numberOf(o, key) : undefined;
      if (o.has(key) && !o.isNull(key) && (steps === undefined || steps > 0)) return undefined;
      return {
        at: key,
        message: say`AdaLoRA plans its budget over the whole run: it needs total_step above 0`,
      };
    },
  },
  {
    id: 'adalora-schedule',
    where: 'tuners/adalora/config.py',
    of: ['AdaLoraConfig'],
    since: '0.15',
    check({ options: o, config }) {
      const [total, start, end] = ['total_step', 'tinit', 'tfinal'].map((name) =>
        numberOf(o, config.key(name)),
      );
      if (total === undefined || start === undefined || end === undefined || total <= 0)
        return undefined;
      if (start < total - end) return undefined;
      return {
        at: config.key('total_step'),
        with: [config.key('tinit'), config.key('tfinal')],
        message: say`${start} steps before and ${end} after leave none of the ${total} for cutting ranks`,
      };
    },
  },
  ...['use_dora', 'loftq_config'].map(
    (argument): PeftCheck => ({
      id: `adalora-${argument}`,
      where: 'tuners/adalora/config.py',
      of: ['AdaLoraConfig'],
      check({ options: o, config }) {
        const key = config.key(argument);
        const node = o.node(key);
        const given = node?.kind === 'map' ? node.entries.length > 0 : isOn(o, key);
        if (!o.has(key) || !given) return undefined;
        return {
          at: key,
          message: say`AdaLoRA does not know ${argument}: PEFT stops`,
          fixes: [removeOption(argument)],
        };
      },
    }),
  ),
  {
    id: 'ia3-subset',
    where: 'tuners/ia3/config.py',
    of: ['IA3Config'],
    since: '0.7',
    check({ options: o, config }) {
      const [targets, forward] = [config.key('target_modules'), config.key('feedforward_modules')];
      if (o.node(targets)?.kind !== 'list' || o.node(forward)?.kind !== 'list') return undefined;
      const names = known(o.texts(targets));
      const other = known(o.texts(forward))?.find((name) => names?.includes(name) === false);
      if (other === undefined) return undefined;
      return {
        at: forward,
        with: [targets],
        message: say`feedforward_modules must be among target_modules: \`${other}\` is not`,
      };
    },
  },
  {
    id: 'boft-blocks',
    where: 'tuners/boft/config.py',
    of: ['BOFTConfig'],
    since: '0.11',
    check({ options: o, config }) {
      const [size, count] = [config.key('boft_block_size'), config.key('boft_block_num')];
      const [a, b] = [numberOf(o, size), numberOf(o, count)];
      if (a === undefined || b === undefined || (a === 0) !== (b === 0)) return undefined;
      return {
        at: o.has(count) ? count : size,
        with: [size, count],
        message: say`boft_block_size and boft_block_num decide each other: set one of them, 0 the other`,
      };
    },
  },
  {
    id: 'oft-blocks',
    where: 'tuners/oft/config.py',
    of: ['OFTConfig'],
    since: '0.16',
    check({ options: o, config }) {
      const [rank, size] = [config.key('r'), config.key('oft_block_size')];
      const [a, b] = [numberOf(o, rank), numberOf(o, size)];
      if (a === undefined || b === undefined || (a === 0) !== (b === 0)) return undefined;
      return {
        at: o.has(rank) ? rank : size,
        with: [rank, size],
        message: say`r and oft_block_size decide each other: r ${a} needs oft_block_size 0, the default is 32`,
      };
    },
  },
  {
    id: 'prompt-length',
    where: 'tuners/prompt_tuning/model.py',
    of: PROMPTS,
    rule: 'missing-key',
    check({ options: o, config }) {
      const key = config.key('num_virtual_tokens');
      if (o.has(key) && !o.isNull(key)) return undefined;
      return {
        at: key,
        message: say`${config.kind} needs num_virtual_tokens: how long the prompt is`,
      };
    },
  },
  {
    id: 'prompt-task',
    where: 'mapping_func.py',
    of: [...PROMPTS, 'CPTConfig', 'MultitaskPromptTuningConfig'],
    rule: 'missing-key',
    check({ options: o, config, input }) {
      const key = config.key('task_type');
      const { units = [] } = input.recognized.sections[0]?.document ?? {};
      const wraps = units.some((unit) => unit.kind === 'call' && unit.callee === 'get_peft_model');
      if (!wraps || (o.has(key) && !o.isNull(key))) return undefined;
      return {
        at: key,
        message: say`get_peft_model picks the class of a prompted model by its task: ${config.kind} needs task_type, such as "CAUSAL_LM"`,
      };
    },
  },
  {
    id: 'prompt-text',
    where: 'tuners/prompt_tuning/config.py',
    of: ['PromptTuningConfig'],
    since: '0.10',
    check({ options: o, config }) {
      const init = config.key('prompt_tuning_init');
      const kind = o.has(init) ? textOf(o, init)?.replace(/^\w+\./, '') : undefined;
      const missing = ['tokenizer_name_or_path', 'prompt_tuning_init_text'].find(
        (name) => !o.has(config.key(name)) || o.isNull(config.key(name)),
      );
      if (kind !== 'TEXT' || missing === undefined) return undefined;
      return { at: init, message: say`a prompt that starts as a text needs ${missing}` };
    },
  },
  {
    id: 'prompt-tokenizer',
    where: 'tuners/prompt_tuning/config.py',
    of: ['PromptTuningConfig'],
    since: '0.10',
    check({ options: o, config }) {
      const [init, key] = [config.key('prompt_tuning_init'), config.key('tokenizer_kwargs')];
      const kind = o.has(init) ? textOf(o, init)?.replace(/^\w+\./, '') : 'RANDOM';
      const given = o.node(key)?.kind === 'map';
      if (kind === undefined || kind === 'TEXT' || !isSet(o, key) || !given) return undefined;
      return {
        at: key,
        with: [init],
        message: say`tokenizer_kwargs are for prompt_tuning_init TEXT`,
      };
    },
  },
  {
    id: 'cpt-task',
    where: 'tuners/cpt/config.py',
    of: ['CPTConfig'],
    check({ options: o, config }) {
      const key = config.key('task_type');
      if (o.has(key) && !o.isNull(key)) {
        const task = textOf(o, key)?.replace(/^\w+\./, '');
        if (task === undefined || task === 'CAUSAL_LM') return undefined;
      }
      return { at: key, message: say`CPT works with task_type CAUSAL_LM alone` };
    },
  },
  {
    id: 'road-group',
    where: 'tuners/road/config.py',
    of: ['RoadConfig'],
    check({ options: o, config }) {
      const key = config.key('group_size');
      const size = o.has(key) ? numberOf(o, key) : undefined;
      if (size === undefined || (size > 0 && size % 2 === 0)) return undefined;
      return { at: key, message: say`group_size pairs dimensions: it must be even, not ${size}` };
    },
  },
  {
    id: 'gralora-blocks',
    where: 'tuners/gralora/config.py',
    of: ['GraloraConfig'],
    check({ options: o, config }) {
      const [rank, blocks] = [config.key('r'), config.key('gralora_k')];
      const [r, k] = [numberOf(o, rank), numberOf(o, blocks)];
      if (r === undefined || k === undefined || (k > 0 && r % k === 0)) return undefined;
      return {
        at: o.has(blocks) ? blocks : rank,
        with: [rank],
        message: say`r ${r} must split into gralora_k ${k} blocks`,
      };
    },
  },
]);
