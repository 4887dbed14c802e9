import type { Finding, Fix } from '../finding.ts';
import { unknownGpu } from '../rules/hardware/unknown-gpu.ts';
import type { Settings } from '../settings.ts';
import { type Message, say } from '../text/message.ts';
import { span } from '../text/span.ts';
import type { Hardware } from './hardware.ts';
import { looseFinding, looseFix } from './loose-finding.ts';
import type { LoweredRun } from './runs.ts';

type Trouble = NonNullable<Hardware['trouble']>;

/** A GPU name that no card has, or several: said once for the file, where the name stands. */
export function hardwareFinding(
  hardware: Hardware,
  runs: readonly LoweredRun[],
  settings: Settings,
): readonly Finding[] {
  const { trouble } = hardware;
  if (trouble === undefined || settings.rules?.[unknownGpu.id] === 'off') return [];
  const first = runs.find((run) => run.recognized.trains);
  if (first === undefined) return [];
  const { grip } = first.recognized;
  return looseFinding(unknownGpu, settings, describe(trouble), {
    file: grip.file,
    span: trouble.span ?? grip.span,
    ...(trouble.taken !== undefined && { severity: 'info' }),
    fixes: trouble.suggestions.flatMap((name) => fixOf(name, trouble, grip.file)),
  });
}

/** Writes the name: in place of ours, or in a comment below the line that is for somebody else. */
function fixOf(name: string, { span: where, below }: Trouble, file: string): readonly Fix[] {
  if (where === undefined) return [];
  const said =
    below === undefined ? say`Change to \`${name}\`` : say`Say in a comment that it is \`${name}\``;
  const edit =
    below === undefined
      ? { span: where, text: name }
      : { span: span(below, below), text: `\n# tunelint: gpu=${name}` };
  return [looseFix(file, said, [edit], 'suggestion')];
}

function describe({ text, suggestions, taken }: Trouble): Message {
  const names = suggestions.map((name) => `\`${name}\``).join(', ');
  if (taken !== undefined)
    return say`\`${text}\` names several cards (${names}): judged as the largest, ${taken}`;
  const hint =
    names === ''
      ? say`\`tunelint gpus\`, or Select GPU in the editor, lists the names`
      : say`did you mean ${names}`;
  return say`\`${text}\` does not name one card: ${hint}. Nothing is judged by the card`;
}
