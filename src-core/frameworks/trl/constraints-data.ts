import type { Options } from '../../run/options.ts';
import type { MapNode } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isOn, isSet, numberOf, removeOption, setOption } from '../constraint.ts';
import { inPython, rejects, standsAlone } from './facts.ts';

/** What TRL's commands say of their data. */
export const dataConstraints = lazy((): readonly Constraint[] => [
  rejects(
    'two-datasets',
    { where: 'scripts/sft.py', since: '0.22', rule: 'ignored-key', severity: 'warning' },
    (input) => {
      const { options: o } = input;
      if (inPython(input) || !isSet(o, 'dataset_name') || mixture(o).length === 0) return undefined;
      return {
        at: 'dataset_name',
        onKey: true,
        with: ['datasets'],
        message: say`\`datasets\` says what is loaded: dataset_name has no effect`,
        fixes: [removeOption('dataset_name')],
      };
    },
  ),
  ...(['error', 'warning'] as const).map((severity) =>
    rejects(
      `stream-without-steps-${severity}`,
      { where: 'transformers trainer.py, Trainer.__init__', rule: 'missing-key', severity },
      (input) => {
        const { options: o } = input;
        const key = mixture(o).length > 0 ? 'streaming' : 'dataset_streaming';
        const steps = o.has('max_steps') ? numberOf(o, 'max_steps') : -1;
        if (inPython(input) || !isOn(o, key) || steps === undefined || steps > 0) return undefined;
        if ((severity === 'warning') !== standsAlone(input)) return undefined;
        return {
          at: key,
          message: say`the training data stream, so that nobody knows how long an epoch is: the Trainer stops without max_steps`,
          fixes: [setOption('max_steps', 1000), setOption(key, false)],
        };
      },
    ),
  ),
]);

/** The datasets of a mixture, where all of them are seen. */
function mixture(o: Options): readonly MapNode[] {
  const node = o.node('datasets');
  const items = node?.kind === 'list' ? node.items : [];
  return items.every((item) => item.kind === 'map') ? (items as readonly MapNode[]) : [];
}
