import { span } from '../text/span.ts';
import { readDuration } from './pairs.ts';
import type { LoggedValue } from './training-log.ts';

/** A state of a progress bar: steps done, of how many, after how many seconds. */
export interface Bar {
  readonly step: LoggedValue;
  readonly total: number;
  readonly elapsed: LoggedValue;
}

/** tqdm prints ` 380/2724 [13:58:09<86:18:35, 132.44s/it]`; other units count no steps. */
const BAR = /(\d{1,9})\/(\d{1,9}) \[((?:\d+:)?\d\d:\d\d)<[^\]\n]{1,40}(?:s\/it|it\/s)/dg;
/** A bar stands this close in front of its entry; blanks that clear the line lie between. */
const NEAR = 700;
const MOST = 8;

/** The bars between `from` and an entry at `at`, the nearest last. */
export function barsBefore(text: string, from: number, at: number): readonly Bar[] {
  const start = Math.max(from, at - NEAR);
  const found: Bar[] = [];
  for (const match of text.slice(start, at).matchAll(BAR)) {
    const [, step = '', total = '', clock = ''] = match;
    const elapsed = readDuration(clock);
    const places = match.indices;
    if (elapsed === undefined || places?.[1] === undefined || places[3] === undefined) continue;
    const place = ([a, b]: readonly [number, number]) => span(start + a, start + b);
    found.push({
      step: { value: Number(step), span: place(places[1]) },
      total: Number(total),
      elapsed: { value: elapsed, span: place(places[3]) },
    });
  }
  return found.slice(-MOST);
}
