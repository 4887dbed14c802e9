import { hole } from '../blank.ts';
import { quotedRanges } from './quotes.ts';

// `<model path>` as manuals write it: to a shell it would be two redirections. `{name}` as they and
// notebooks write it: there Python puts a value in. `{{ name }}` as templates write it.
const PLACEHOLDER =
  /(?<=[\s=:,/])(?:<[A-Za-z_][\w.-]*(?:[ /][\w.-]+)*>|\{[A-Za-z_]\w*\}|\{\{[^{}\n]*\}\})(?=[\s/:,;]|$)/g;

/**
 * Turns placeholders outside quotes into variables that nothing assigns, of the same length, so
 * that they are unknown words and swallow nothing.
 */
export function maskPlaceholders(source: string): string {
  if (!new RegExp(PLACEHOLDER).test(source)) return source;
  const quoted = quotedRanges(source);
  let next = 0;
  return source.replace(PLACEHOLDER, (found: string, at: number) => {
    while ((quoted[next]?.end ?? Number.POSITIVE_INFINITY) <= at) next++;
    const range = quoted[next];
    if (range !== undefined && range.start <= at) return found;
    return hole(found.length);
  });
}
