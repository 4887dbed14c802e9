import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, written } from '../../run/sourced.ts';
import { asInt } from '../convert.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { olderThan } from '../since.ts';

const KEY = 'max_prompt_length';

/**
 * GRPO and RLOO limit no sample as a whole. Until TRL 0.26 prompts were cut by themselves, to 512 tokens unless told
 * (grpo_config.py); what a config says that newer releases do not take still says how long they are.
 */
export function promptLimit({ sections }: Recognized, context: AdapterContext): RunDraft {
  const args = sections.at(-1);
  const entry = args?.entries.findLast(({ key }) => key.replaceAll('-', '_') === KEY);
  const cut = olderThan(context, 'trl', '0.26');
  if (args === undefined || (entry === undefined && !cut)) return {};
  const limit =
    entry === undefined
      ? byDefault(512, 'prompts are cut to it before TRL 0.26')
      : written(asInt(entry.value), args.document.file.path, entry);
  return {
    maxLength: limit,
    'rollout.promptAlone': derived<boolean>(true, 'prompts are limited by themselves', limit),
  };
}
