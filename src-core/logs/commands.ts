import { type Span, span } from '../text/span.ts';

/** Only the beginning of a log says how it was started. */
const HEAD = 256 * 1024;
const MOST = 8;
const LONGEST = 16 * 1024;

/**
 * A command behind nothing, a prompt, the `+` of `set -x`, the `cmd = ` of DeepSpeed's launcher or
 * the `run sh:` of ms-swift. Words that start a training, perhaps with variables in front.
 */
const COMMAND = new RegExp(
  '^(?:\\++ |[^\\s$#]{0,80}[$#] |[^\\n]{0,160}\\bcmd = |run sh: `)?' +
    '((?:[A-Za-z_]\\w*=\\S* )*' +
    '(?:\\S*/)?(?:swift|megatron|torchrun|accelerate|deepspeed|llamafactory-cli|axolotl|tune|trl|' +
    'nohup|srun|python[\\d.]*)[ \\t][^\\n`]*(?:\\\\\\r?\\n[^\\n`]*){0,200})',
  'dgm',
);

/** Places that may be the command that started the run, first ones first. */
export function commandSpans(text: string): readonly Span[] {
  const found: Span[] = [];
  for (const match of text.slice(0, HEAD).matchAll(COMMAND)) {
    const place = match.indices?.[1];
    if (place === undefined || place[1] - place[0] > LONGEST) continue;
    found.push(span(place[0], place[1]));
    if (found.length === MOST) break;
  }
  return found;
}
