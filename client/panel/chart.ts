import uPlot from 'uplot';
import type { PanelData } from '../../server/proto/panel.ts';

const GIB = 2 ** 30;
const HEIGHT = 240;

/** Colours of the editor's theme for charts, by number of the component. */
const COLOURS = ['blue', 'green', 'orange', 'purple', 'red', 'yellow'];

/** The colour of a component, the same in the chart and in the bars; the largest get the plain ones. */
export function colourOf(name: string, { components, series }: PanelData): string {
  const ranked = [...components.map((share) => share.name), ...series.names];
  return colourNumber(Math.max(0, [...new Set(ranked)].indexOf(name)));
}

function colourNumber(index: number): string {
  const name = `--vscode-charts-${COLOURS[index % COLOURS.length]}`;
  const colour = getComputedStyle(document.body).getPropertyValue(name).trim() || '#4e94ce';
  return index < COLOURS.length ? colour : `color-mix(in srgb, ${colour} 60%, #808080)`;
}

function themeColour(name: string): string {
  return getComputedStyle(document.body).getPropertyValue(`--vscode-${name}`).trim() || '#808080';
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

/** Where a phase begins, as far apart as `share` of the whole: the ticks of the time axis. */
function phaseStarts({ samples }: PanelData['series'], share: number): number[] {
  const starts: number[] = [];
  samples.forEach(({ label }, x) => {
    const isNew = x === 0 || phaseOf(label) !== phaseOf(samples[x - 1]?.label ?? '');
    if (isNew && x - (starts.at(-1) ?? Number.NEGATIVE_INFINITY) > samples.length * share)
      starts.push(x);
  });
  return starts;
}

const phaseOf = (label: string): string =>
  label.replace(/, layer.*/, '').replace(/^step \d+, /, '');

/** A stacked area chart of the memory over two training steps, with a line where the card ends. */
export function drawChart(target: HTMLElement, data: PanelData): uPlot {
  const { series, memory } = data;
  const xs = series.samples.map((_, i) => i);
  const limit = memory === undefined ? [] : [xs.map(() => memory / GIB)];
  // The topmost sum is drawn first; each lower one is painted over it.
  const rows = stacked(series).reverse();
  const colours = series.names.map((name) => colourOf(name, data)).reverse();
  const axis = {
    stroke: themeColour('foreground'),
    grid: { stroke: themeColour('panel-border'), width: 1 },
  };
  const options: uPlot.Options = {
    width: Math.max(280, target.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false },
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(max, 1) * 1.05] } },
    axes: [
      {
        ...axis,
        splits: () => phaseStarts(series, 0.09),
        values: (_, ticks) => ticks.map((tick) => phaseOf(series.samples[tick]?.label ?? '')),
      },
      { ...axis, values: (_, ticks) => ticks.map((tick) => `${tick} GiB`), size: 70 },
    ],
    series: [
      {},
      ...colours.map((colour) => ({
        stroke: colour,
        fill: colour,
        width: 0,
        points: { show: false },
      })),
      ...limit.map(() => ({
        stroke: themeColour('errorForeground'),
        width: 2,
        dash: [6, 4],
        points: { show: false },
      })),
    ],
  };
  target.replaceChildren();
  return new uPlot(options, [xs, ...rows, ...limit], target);
}
