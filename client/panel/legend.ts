import type { PanelData } from '../../server/proto/panel.ts';
import { element, gib, make, words } from './dom.ts';
import { chained, fill } from './words.ts';

/** What the chart's colours and lines are, and in words how its figures make up the headline. */
export function showLegend(
  data: PanelData,
  bands: readonly string[],
  colourOf: (name: string, data: PanelData) => string,
): void {
  const { memory, gpu, need } = data;
  const areas = bands.map((name) => entry('swatch', name, colourOf(name, data)));
  const whole = entry('swatch whole', fill(words.whole, gib(need.expected)));
  const card = memory === undefined ? [] : [entry('swatch card', `${gpu ?? ''}: ${gib(memory)}`)];
  element('legend').replaceChildren(...areas.reverse(), whole, ...card);
  element('caption').textContent = caption(data);
}

function entry(className: string, text: string, colour?: string): HTMLElement {
  const item = make('li');
  const swatch = make('span', className);
  swatch.setAttribute('aria-hidden', 'true');
  if (colour !== undefined) swatch.style.background = colour;
  item.append(swatch, text);
  return item;
}

/** How tensors, the allocator's rest and the context make up the need; how much of a step is drawn. */
function caption({ series, need }: PanelData): string {
  const { context, kept, micro, phases } = series;
  const tensors = need.expected - context.bytes - kept.bytes;
  const parts = [need.expected, tensors, kept.bytes, context.bytes].map(gib);
  return chained(words.sentences, [
    fill(words.whatIsDrawn, ...parts),
    ...(micro.all > micro.drawn ? [fill(words.microSteps, micro.drawn, micro.all)] : []),
    ...(phases ? [words.phasesOnly] : []),
  ]);
}
