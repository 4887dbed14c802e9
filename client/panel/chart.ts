import uPlot from 'uplot';
import type { PanelData } from '../../server/proto/panel.ts';
import { readable } from './cursor.ts';
import { element, gib, themeColour, words } from './dom.ts';
import { fill } from './words.ts';

const GIB = 2 ** 30;
const HEIGHT = 230;

/** Colours of the editor's theme for charts, by number of the component. */
const COLOURS = ['blue', 'green', 'orange', 'purple', 'red', 'yellow'];

/** The colour of a component, the same in the chart and in the bars; the largest get the plain ones. */
export function colourOf(name: string, { components, series }: PanelData): string {
  const ranked = [...components.map((share) => share.name), ...series.names];
  return colourNumber(Math.max(0, [...new Set(ranked)].indexOf(name)));
}

function colourNumber(index: number): string {
  const colour = themeColour(`charts-${COLOURS[index % COLOURS.length]}`);
  return index < COLOURS.length ? colour : `color-mix(in srgb, ${colour} 55%, #808080)`;
}

/** Running sums, so that each component lies upon those before it; in GiB. */
function stacked({ samples, names }: PanelData['series']): number[][] {
  const rows = names.map(() => new Array<number>(samples.length).fill(0));
  samples.forEach(({ held }, x) => {
    let sum = 0;
    held.forEach((bytes, i) => {
      sum += bytes / GIB;
      const row = rows[i];
      if (row !== undefined) row[x] = sum;
    });
  });
  return rows;
}

/** Where loading and each step begin: the ticks of the time axis. A short loading gets none. */
function stepStarts({ samples }: PanelData['series']): number[] {
  const starts = samples.flatMap(({ step }, x) => (samples[x - 1]?.step === step ? [] : [x]));
  return starts.filter((x, i) => (starts[i + 1] ?? samples.length) - x > samples.length / 8);
}

const stepName = (step: number): string => (step === 0 ? words.load : fill(words.step, step));

/** What is held at one moment, largest first. */
function momentText({ series }: PanelData, index: number): string {
  const sample = series.samples[index];
  if (sample === undefined) return '';
  const total = sample.held.reduce((sum, bytes) => sum + bytes, 0);
  const parts = sample.held
    .map((bytes, i) => ({ bytes, name: series.names[i] ?? '' }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .filter(({ bytes }) => bytes > GIB / 20)
    .map(({ bytes, name }) => `${name} ${gib(bytes)}`);
  return fill(words.moment, stepName(sample.step), sample.label, gib(total), parts.join(', '));
}

function optionsOf(data: PanelData, width: number): uPlot.Options {
  const { series, memory } = data;
  const axis = {
    stroke: themeColour('foreground'),
    grid: { stroke: themeColour('editorWidget-border'), width: 1 },
    ticks: { stroke: themeColour('editorWidget-border'), width: 1 },
  };
  const colours = series.names.map((name) => colourOf(name, data)).reverse();
  const limit = {
    stroke: themeColour('errorForeground'),
    width: 2,
    dash: [6, 4],
    points: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { show: false } },
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(max, 1) * 1.05] } },
    axes: [
      {
        ...axis,
        splits: () => stepStarts(series),
        values: (_, ticks) => ticks.map((tick) => stepName(series.samples[tick]?.step ?? 0)),
        size: 34,
      },
      { ...axis, values: (_, ticks) => ticks.map((tick) => `${tick} GiB`), size: 64 },
    ],
    series: [
      {},
      ...colours.map((colour) => ({
        stroke: colour,
        fill: colour,
        width: 0,
        points: { show: false },
      })),
      ...(memory === undefined ? [] : [limit]),
    ],
  };
}

/** A stacked area chart of the memory over two training steps, with a line where the card ends. */
export function drawChart(data: PanelData): void {
  const target = element('chart');
  const { series, memory } = data;
  const xs = series.samples.map((_, i) => i);
  const limit = memory === undefined ? [] : [xs.map(() => memory / GIB)];
  // The topmost sum is drawn first; each lower one is painted over it.
  const rows = stacked(series).reverse();
  target.replaceChildren();
  const options = optionsOf(data, Math.max(280, target.clientWidth));
  const plot = new uPlot(options, [xs, ...rows, ...limit], target);
  readable(target, plot, element('moment'), (index) => momentText(data, index));
}
