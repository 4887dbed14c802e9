import type { Finding } from '../finding.ts';
import { unknownGpu } from '../rules/hardware/unknown-gpu.ts';
import type { Settings } from '../settings.ts';
import type { Hardware } from './context.ts';
import type { LoweredRun } from './runs.ts';

/** A GPU name that no card has, or several: said once for the file, where the name stands. */
export function hardwareFinding(
  hardware: Hardware,
  runs: readonly LoweredRun[],
  settings: Settings,
): readonly Finding[] {
  const { trouble } = hardware;
  const first = runs.find((run) => run.recognized.trains);
  const { id, severity, claim, cites } = unknownGpu;
  const set = settings.rules?.[id];
  if (trouble === undefined || first === undefined || set === 'off') return [];
  const { grip } = first.recognized;
  return [
    {
      rule: id,
      severity: set ?? (trouble.taken === undefined ? severity : 'info'),
      claim,
      message: describe(trouble),
      file: grip.file,
      span: trouble.span ?? grip.span,
      related: [],
      fixes: trouble.suggestions.flatMap((name) =>
        trouble.span === undefined
          ? []
          : [
              {
                title: `Change to \`${name}\``,
                safety: 'suggestion' as const,
                files: [{ file: grip.file, edits: [{ span: trouble.span, text: name }] }],
              },
            ],
      ),
      cites,
    },
  ];
}

function describe({ text, suggestions, taken }: NonNullable<Hardware['trouble']>): string {
  const names = suggestions.map((name) => `\`${name}\``).join(', ');
  if (taken !== undefined)
    return `\`${text}\` names several cards (${names}): judged as the largest, ${taken}`;
  const hint = names === '' ? 'see `tunelint gpus` for the names' : `did you mean ${names}?`;
  return `\`${text}\` does not name one card: ${hint} Nothing is judged by the card`;
}
