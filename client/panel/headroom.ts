import uPlot from 'uplot';
import type { PanelLayer, PanelNumbers } from '../../server/proto/panel.ts';
import { readable } from './cursor.ts';
import { axisLook, chartWidth, element, make, themeColour, words } from './dom.ts';
import { fill } from './words.ts';

const HEIGHT = 190;

/** `13,312`, `0.0016`, `3.4e+38`. */
function magnitude(value: number): string {
  if (value >= 1e7 || (value > 0 && value < 1e-3)) return value.toExponential(1).replace('+', '');
  return value >= 100
    ? Math.round(value).toLocaleString('en-US')
    : String(Number(value.toPrecision(2)));
}

/** `2.3 doublings left`, or that it is past the end. */
function roomText({ doublings }: PanelLayer): string {
  return doublings < 0 ? words.past : fill(words.room, doublings.toFixed(1));
}

function layerText(layers: readonly PanelLayer[], index: number): string {
  const one = layers[index];
  if (one === undefined) return '';
  const figure = one.published ? words.published : words.derived;
  const layer = fill(words.layer, one.layer);
  return fill(words.layerSays, layer, magnitude(one.max), roomText(one), one.op, figure);
}

/** Bars of one colour for the layers within the range, of another for those past it. */
function optionsOf({ limit, layers }: PanelNumbers, width: number): uPlot.Options {
  const axis = axisLook();
  const top = Math.max(limit, ...layers.map(({ max }) => max));
  const paths = uPlot.paths.bars?.({ size: [0.75, 24] });
  const bars = (colour: string) => ({
    stroke: colour,
    fill: colour,
    width: 0,
    points: { show: false },
    ...(paths === undefined ? {} : { paths }),
  });
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { show: false } },
    scales: {
      x: { time: false, range: (_, min, max) => [min - 0.6, max + 0.6] },
      y: { distr: 3, log: 10, range: () => [1, top * 4] },
    },
    axes: [
      { ...axis, size: 34, incrs: [1, 2, 4, 5, 8, 10, 20], space: 36 },
      {
        ...axis,
        size: 64,
        incrs: [top * 4], // one step is as long as the axis: uPlot knows none for 38 decades
        splits: () => decades(top),
        filter: (_, splits) => splits, // all of them: uPlot would keep only some powers
        values: (_, ticks) => ticks.map((tick) => `1e${Math.round(Math.log10(tick))}`),
      },
    ],
    series: [
      {},
      bars(themeColour('charts-blue')),
      bars(themeColour('charts-red')),
      { stroke: themeColour('errorForeground'), width: 2, dash: [6, 4], points: { show: false } },
    ],
  };
}

/** Powers of ten up to `top`, at most six of them. */
function decades(top: number): number[] {
  const most = Math.floor(Math.log10(top));
  const step = Math.max(1, Math.ceil(most / 5));
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => 10 ** (i * step));
}

function table(layers: readonly PanelLayer[]): HTMLElement[] {
  return layers.map((one) => {
    const row = make('tr');
    const heading = make('th', '', fill(words.layer, one.layer));
    heading.setAttribute('scope', 'row');
    row.append(
      heading,
      make('td', 'number', magnitude(one.max)),
      make('td', 'number', roomText(one)),
      make('td', '', one.op),
    );
    return row;
  });
}

/** The room that the compute format leaves in each layer, as bars up to its limit and as a table. */
export function drawHeadroom(numbers: PanelNumbers | null): void {
  const section = element('headroom');
  section.hidden = numbers === null;
  if (numbers === null) return;
  const { verdict, says, format, limit, layers } = numbers;
  element('headroom-title').textContent = fill(words.roomIn, format, magnitude(limit));
  element('headroom-verdict').textContent = says;
  element('headroom-verdict').dataset.verdict = verdict;
  const target = element('layers');
  element('headroom-plot').hidden = layers.length === 0;
  if (layers.length === 0) return;
  const past = layers.map(({ max, doublings }) => (doublings < 0 ? max : null));
  const within = layers.map(({ max, doublings }) => (doublings < 0 ? null : Math.max(1, max)));
  target.replaceChildren();
  const options = optionsOf(numbers, chartWidth(target));
  const xs = layers.map(({ layer }) => layer);
  const plot = new uPlot(options, [xs, within, past, xs.map(() => limit)], target);
  readable(target, plot, element('layer'), (index) => layerText(layers, index));
  element('layer-rows').replaceChildren(...table(layers));
}
