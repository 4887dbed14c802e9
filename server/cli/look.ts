import { type Style, styleOf, wantsColor, wantsUnicode } from '../report/style.ts';
import type { Args } from './flags.ts';
import type { Io } from './io.ts';

/** The style of everything printed for people. */
export function styleFor(args: Args, io: Io): Style {
  return styleOf({
    color: !args.has('no-color') && wantsColor(io.env, io.isTerminal),
    unicode: wantsUnicode(io.env),
    ...(io.columns === undefined ? {} : { columns: io.columns }),
  });
}
