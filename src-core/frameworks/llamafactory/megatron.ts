import type { KeyProblem } from '../../run/problem.ts';
import { say } from '../../text/message.ts';
import type { Launch, Recognized } from '../framework.ts';
import { pointAt } from '../point-at.ts';
import { mayBeEnabled } from './facts.ts';

/** Options of the Megatron backends: `USE_MCA=1` and `USE_MEGATRON_BRIDGE=1` read more than these. */
export const MEGATRON_KEY = /^(?:tensor|pipeline|expert)_model_parallel_size$/;

/**
 * A training with options of a Megatron backend that nothing in sight turns on. The environment that the
 * command is started in may.
 */
export function megatronUnused({ sections, launch }: Recognized): readonly KeyProblem[] {
  const { text } = sections.at(-1)?.document.file ?? {};
  if (mayUseMegatron(launch) || /USE_M(?:CA|EGATRON)/.test(text ?? '')) return [];
  for (const section of sections) {
    const entry = section.entries.find(({ key }) => MEGATRON_KEY.test(key));
    if (entry === undefined) continue;
    return [
      {
        rule: 'unknown-key',
        at: pointAt({ section, entry }),
        onKey: true,
        severity: 'warning',
        message: say`\`${entry.key}\` is read by a Megatron backend, which USE_MCA=1 or USE_MEGATRON_BRIDGE=1 turns on: without them LLaMA-Factory stops at it`,
        cite: { label: 'LLaMA-Factory src/llamafactory/hparams/parser.py, get_train_args' },
      },
    ];
  }
  return [];
}

/** Whether the command turns a Megatron backend on. */
export function mayUseMegatron(launch: Launch): boolean {
  return mayBeEnabled(launch, 'USE_MCA') || mayBeEnabled(launch, 'USE_MEGATRON_BRIDGE');
}
