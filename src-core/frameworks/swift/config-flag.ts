import type { KeyProblem } from '../../run/problem.ts';
import { flagEntries } from '../../syntax/argv.ts';
import type { Entry, Word } from '../../syntax/document.ts';
import { say } from '../../text/message.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { CONFIG_FILE, wordText } from '../launch.ts';
import { pointAt } from '../point-at.ts';
import { releasesOf, stillHas } from '../releases.ts';
import type { Scope } from '../schema.ts';

/** The last release whose programs take `--config`; newer ones take a file as their first word. */
const LAST = '4.0.4';

/** `swift sft config.yaml ...`, or `--config config.yaml` of other releases and of the Ray driver. */
export function configName(words: readonly Word[]): string | undefined {
  const first = wordText(words[0]);
  return CONFIG_FILE.test(first) ? first : flagged(words);
}

function flagged(words: readonly Word[]): string | undefined {
  const at = words.findIndex((word) => wordText(word) === '--config');
  const name = at < 0 ? '' : wordText(words[at + 1]);
  return CONFIG_FILE.test(name) ? name : undefined;
}

/** Whether `megatron rlhf` hands the run to the Ray driver, which reads `--config` alone. */
export function usesRay(scope: Scope, words: readonly Word[]): boolean {
  return scope.id.startsWith('megatron') && words.some((word) => wordText(word) === '--use_ray');
}

/** Whether an option is the `--config` of older releases, which is no key of the program: with a file, or `"$FILE"`. */
export function isConfigFlag({ key, value }: Entry): boolean {
  if (key !== 'config') return false;
  return value.kind === 'opaque' || (value.kind === 'scalar' && CONFIG_FILE.test(value.text));
}

/** Whether an option is that flag with a file that only the shell knows. */
export function namesUnknown(entry: Entry): boolean {
  return isConfigFlag(entry) && entry.value.kind === 'opaque';
}

/** `--config x.yaml`, where the release in use may not have it. */
export function configFlagProblems(
  { sections }: Recognized,
  context: AdapterContext,
): readonly KeyProblem[] {
  const own = sections.at(-1);
  const { unit } = own ?? {};
  if (own === undefined || unit?.kind !== 'command' || usesRay(own.scope, unit.words)) return [];
  const { scope } = own;
  if (scope.unknown !== 'raise' || !unit.words.some(({ raw }) => raw === '--config')) return [];
  const entry = flagEntries(unit.words, 'gnu').entries.find(isConfigFlag);
  if (entry === undefined) return [];
  if (stillHas({ until: LAST }, scope, releasesOf(context, 'swift'))) return [];
  const { value } = entry;
  const file = value.kind === 'scalar' || value.kind === 'opaque' ? value.text : '';
  return [
    {
      rule: 'removed-key',
      at: pointAt({ section: own, entry }),
      onKey: true,
      severity: 'error',
      message: say`\`--config\` is gone from ${scope.title} after ${LAST}; it stops with an error. Name the file first: \`${scope.title} ${file}\``,
      cite: { label: 'ms-swift swift/cli/main.py' },
    },
  ];
}
