import uPlot from 'uplot';
import type { PanelData } from '../../server/proto/panel.ts';

const GIB = 2 ** 30;
const HEIGHT = 240;

/** Colours of the editor's theme for charts, by number of the component. */
const COLOURS = ['blue', 'green', 'orange', 'purple', 'red', 'yellow'];

/** The colour of a component; the same in the chart, in the bars and in both themes. */
export function colourOf(index: number): string {
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

/** A stacked area chart of the memory over two training steps, with a line where the card ends. */
export function drawChart(target: HTMLElement, { series, memory }: PanelData): uPlot {
  const xs = series.samples.map((_, i) => i);
  const limit = memory === undefined ? [] : [xs.map(() => memory / GIB)];
  // The topmost sum is drawn first; each lower one is painted over it.
  const rows = stacked(series).reverse();
  const colours = series.names.map((_, i) => colourOf(i)).reverse();
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
        values: (_, ticks) => ticks.map((tick) => series.samples[tick]?.label ?? ''),
        space: 160,
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
