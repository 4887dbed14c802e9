import type { Finding } from '../finding.ts';
import { unknownGpu } from '../rules/hardware/unknown-gpu.ts';
import type { Settings } from '../settings.ts';
import { english, type Message, say } from '../text/message.ts';
import type { Hardware } from './hardware.ts';
import type { LoweredRun } from './runs.ts';

/** A GPU name that no card has, or several: said once for the file, where the name stands. */
export function hardwareFinding(
  hardware: Hardware,
  runs: readonly LoweredRun[],
  settings: Settings,
): readonly Finding[] {
  const { trouble } = hardware;
  const { id, severity, claim, cites } = unknownGpu;
  const set = settings.rules?.[id];
  if (trouble === undefined || set === 'off') return [];
  const first = runs.find((run) => run.recognized.trains);
  if (first === undefined) return [];
  const { grip } = first.recognized;
  const said = describe(trouble);
  return [
    {
      rule: id,
      severity: set ?? (trouble.taken === undefined ? severity : 'info'),
      claim,
      message: english(said),
      said,
      file: grip.file,
      span: trouble.span ?? grip.span,
      related: [],
      fixes: trouble.suggestions.flatMap((name) =>
        trouble.span === undefined || !trouble.ours
          ? []
          : [
              {
                title: `Change to \`${name}\``,
                said: say`Change to \`${name}\``,
                safety: 'suggestion' as const,
                files: [{ file: grip.file, edits: [{ span: trouble.span, text: name }] }],
              },
            ],
      ),
      cites,
    },
  ];
}

function describe({ text, suggestions, taken }: NonNullable<Hardware['trouble']>): Message {
  const names = suggestions.map((name) => `\`${name}\``).join(', ');
  if (taken !== undefined)
    return say`\`${text}\` names several cards (${names}): judged as the largest, ${taken}`;
  const hint = names === '' ? say`see \`tunelint gpus\` for the names` : say`did you mean ${names}`;
  return say`\`${text}\` does not name one card: ${hint}. Nothing is judged by the card`;
}
