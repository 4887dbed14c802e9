import { closest } from '../../text/distance.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isOn, numberOf, setOption, textOf } from '../constraint.ts';
import { attentionName } from '../hf/attention-name.ts';
import { wordText } from '../launch.ts';
import { DPO, GRPO, RLOO, rejects } from './facts.ts';

const VLLM = 'generation/vllm_generation.py';

/** Values that TRL compares by name or range when it uses them, and what its commands cannot do without. */
export const nameConstraints = lazy((): readonly Constraint[] => [
  attentionName,
  named('vllm_mode', ['server', 'colocate'], [...GRPO, ...RLOO], VLLM, 'use_vllm'),
  named(
    'f_divergence_type',
    ['reverse_kl', 'forward_kl', 'js_divergence', 'alpha_divergence'],
    DPO,
    'trainer/dpo_trainer.py',
  ),
  ...(['top_p', 'min_p'] as const).map((key) =>
    rejects(
      `${key}-range`,
      { by: [...GRPO, ...RLOO], where: 'trainer/grpo_trainer.py: sampling' },
      ({ options: o }) => {
        const value = o.has(key) ? numberOf(o, key) : undefined;
        if (value === undefined || (value >= 0 && value <= 1)) return undefined;
        return { at: key, message: say`${key} is a share of the probability, from 0 to 1` };
      },
    ),
  ),
  rejects(
    'no-dataset',
    {
      where: 'scripts/sft.py: Either `datasets` or `dataset_name` must be provided',
      since: '0.22',
      rule: 'missing-key',
    },
    ({ options: o, recognized: { sections } }) => {
      const command = sections.at(-1);
      if (command?.unit.kind !== 'command' || command.scope.unknown === 'open') return undefined;
      const named = command.unit.words.some((word) => /^--config(?:=|$)/.test(wordText(word)));
      if ((named && sections.length < 2) || o.has('dataset_name') || o.has('datasets'))
        return undefined;
      return {
        at: 'dataset_name',
        message: say`there is no data: the command stops without dataset_name, or datasets in a YAML file`,
      };
    },
  ),
]);

/** An option whose text must be one of `names`, where `when` is on. */
function named(
  key: string,
  names: readonly string[],
  by: readonly string[],
  where: string,
  when?: string,
): Constraint {
  return rejects(`${key}-name`, { by, where, rule: 'bad-choice' }, ({ options: o }) => {
    const text = o.has(key) ? textOf(o, key) : undefined;
    const plain = text?.replace(/^[A-Z]\w*\./, '').toLowerCase();
    if (plain === undefined || names.includes(plain)) return undefined;
    if (when !== undefined && !isOn(o, when)) return undefined;
    return {
      at: key,
      message: say`\`${key}\` cannot be \`${text}\`: one of ${names.join(', ')}`,
      fixes: closest(plain, names, 2).map((near) => setOption(key, near)),
    };
  });
}
