import uPlot from 'uplot';
import {
  EVALUATION,
  type PanelData,
  type PanelSample,
  type PanelSeries,
} from '../../server/proto/panel.ts';
import { readable } from './cursor.ts';
import { axisLook, chartWidth, element, GIB, gib, themeColour, words } from './dom.ts';
import { showLegend } from './legend.ts';
import { chained, fill } from './words.ts';

const HEIGHT = 230;
const WHOLE_DASH = [2, 4];
const CARD_DASH = [6, 4];

/** Colours of the editor's theme for charts, by number of the component; themes of high contrast have no orange. */
const COLOURS = ['blue', 'green', 'orange', 'purple', 'red', 'yellow'];
const ORANGE = '#d18616';

/** The colour of a component, the same in the chart and in the bars; the largest get the plain ones. */
export function colourOf(name: string, { components, series }: PanelData): string {
  const ranked = [...components.map((share) => share.name), ...series.names];
  return colourNumber(Math.max(0, [...new Set(ranked)].indexOf(name)));
}

function colourNumber(index: number): string {
  const colour = themeColour(`charts-${COLOURS[index % COLOURS.length]}`, ORANGE);
  return index < COLOURS.length ? colour : `color-mix(in srgb, ${colour} 55%, #808080)`;
}

/** What is drawn, from below: the CUDA context, which is always there, then the components. */
const bandsOf = ({ names, context }: PanelSeries): readonly string[] => [context.name, ...names];

const heldIn = ({ context }: PanelSeries, { held }: PanelSample): readonly number[] => [
  context.bytes,
  ...held,
];

/** Running sums, so that each band lies upon those before it; in GiB. */
function stacked(series: PanelSeries): number[][] {
  const { samples } = series;
  const rows = bandsOf(series).map(() => new Array<number>(samples.length).fill(0));
  samples.forEach((sample, x) => {
    let sum = 0;
    heldIn(series, sample).forEach((bytes, i) => {
      sum += bytes / GIB;
      const row = rows[i];
      if (row !== undefined) row[x] = sum;
    });
  });
  return rows;
}

/**
 * Where loading, each step and an evaluation begin: the ticks of the time axis. A short loading gets none; an evaluation
 * stands last, and has room.
 */
function stepStarts({ samples }: PanelSeries): number[] {
  const starts = samples.flatMap(({ step }, x) => (samples[x - 1]?.step === step ? [] : [x]));
  return starts.filter(
    (x, i) =>
      samples[x]?.step === EVALUATION || (starts[i + 1] ?? samples.length) - x > samples.length / 8,
  );
}

function stepName(step: number): string {
  if (step === EVALUATION) return words.evaluation;
  return step === 0 ? words.load : fill(words.step, step);
}

/** What is held at one moment, largest first. */
function momentText({ series }: PanelData, index: number): string {
  const sample = series.samples[index];
  if (sample === undefined) return '';
  const held = heldIn(series, sample);
  const names = bandsOf(series);
  const total = held.reduce((sum, bytes) => sum + bytes, 0);
  const parts = held
    .map((bytes, i) => ({ bytes, name: names[i] ?? '' }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .filter(({ bytes }) => bytes > GIB / 20)
    .map(({ bytes, name }) => `${name} ${gib(bytes)}`);
  return fill(
    words.moment,
    stepName(sample.step),
    sample.label,
    gib(total),
    chained(words.also, parts),
  );
}

function optionsOf(data: PanelData, width: number): uPlot.Options {
  const { series, memory } = data;
  const axis = axisLook();
  const colours = bandsOf(series)
    .map((name) => colourOf(name, data))
    .reverse();
  // Only themes of high contrast have this colour: there areas are told apart by their outlines, too.
  const outline = themeColour('contrastBorder', '');
  const line = (stroke: string, dash: number[]) => ({
    stroke: themeColour(stroke),
    width: 2,
    dash,
    points: { show: false },
  });
  const stepped = series.phases ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
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
        stroke: outline || colour,
        fill: colour,
        width: outline === '' ? 0 : 1,
        points: { show: false },
        ...(stepped === undefined ? {} : { paths: stepped }),
      })),
      line('foreground', WHOLE_DASH),
      ...(memory === undefined ? [] : [line('errorForeground', CARD_DASH)]),
    ],
  };
}

/**
 * A stacked area chart of the memory over two training steps, with a line where the whole that the
 * process holds ends, and one where the card does.
 */
export function drawChart(data: PanelData): void {
  const target = element('chart');
  const { series, memory, need } = data;
  const xs = series.samples.map((_, i) => i);
  const level = (bytes: number) => xs.map(() => bytes / GIB);
  const lines = [level(need.expected), ...(memory === undefined ? [] : [level(memory)])];
  // The topmost sum is drawn first; each lower one is painted over it.
  const rows = stacked(series).reverse();
  target.replaceChildren();
  const options = optionsOf(data, chartWidth(target));
  const plot = new uPlot(options, [xs, ...rows, ...lines], target);
  readable(target, plot, element('moment'), (index) => momentText(data, index));
  showLegend(data, bandsOf(series), colourOf);
}
