import { formatCount } from '../run/units.ts';
import { type Message, say, word } from '../text/message.ts';
import { opInWords } from './op-words.ts';
import type { FirstOverflow } from './result.ts';
import type { QuickVerdict } from './verdict.ts';

type Judged = Pick<QuickVerdict, 'verdict' | 'basis' | 'format' | 'firstOverflow'>;

/** A verdict in a sentence: which op leaves the format, or how much of the range is taken. */
export function verdictWords({ verdict, basis, format, firstOverflow }: Judged): Message {
  switch (verdict) {
    case 'overflow':
      return overflowWords(format.name, firstOverflow);
    case 'near':
      return say`near the end: a published magnitude takes a quarter of the range or more`;
    case 'fine':
      return say`in range: the published magnitudes leave three quarters of it`;
    case 'unknown':
      return basis.kind === 'none' && format.bits !== 8
        ? say`not known: nothing is published for this model`
        : say`not settled by what is published`;
  }
}

function overflowWords(format: string, first: FirstOverflow | undefined): Message {
  if (first === undefined) return say`overflow: a published magnitude does not fit`;
  const what = word(opInWords(first.op));
  const at = first.layer === undefined ? what : say`${what} of layer ${first.layer}`;
  const end = magnitudeWords(first.limit);
  return first.value === undefined
    ? say`overflow: ${format}, which ends at ${end}, does not hold ${at}`
    : say`overflow: ${at} reaches ${magnitudeWords(first.value)}, ${format} ends at ${end}`;
}

/** `65,504`, `3.39e+38`. */
export function magnitudeWords(value: number): string {
  return value > 1e7 ? value.toExponential(2) : formatCount(value);
}
