import type { PanelData, WhatIf } from '../../server/proto/panel.ts';
import { colourOf, drawChart } from './chart.ts';
import { onControls, showValues } from './controls.ts';
import { element, GIB, gib, make, words } from './dom.ts';
import { drawHeadroom } from './headroom.ts';
import type { FromPage, ToPage } from './messages.ts';
import { fill } from './words.ts';

declare function acquireVsCodeApi(): { postMessage(message: FromPage): void };

const editor = acquireVsCodeApi();
const MIB = 2 ** 20;

function headline({ need, memory, gpu, verdict, writtenNeed }: PanelData): string {
  const expected = `≈ ${gib(need.expected)}`;
  const of = memory === undefined ? expected : fill(words.needOf, expected, gib(memory), gpu ?? '');
  const range = fill(words.range, of, (need.low / GIB).toFixed(1), (need.high / GIB).toFixed(1));
  const judged = verdict === undefined ? range : fill(words.judged, words[verdict], range);
  const difference = need.expected - writtenNeed;
  const changed = fill(difference > 0 ? words.more : words.less, gib(Math.abs(difference)));
  return Math.abs(difference) < GIB / 100 ? judged : fill(words.also, judged, changed);
}

/** A row for each component that takes some; the bar is a picture of the figure beside it. */
function showComponents(data: PanelData): void {
  const shares = data.components.filter(({ bytes }) => bytes >= MIB / 2);
  const largest = Math.max(...shares.map(({ bytes }) => bytes));
  const rows = shares.map(({ name, bytes }) => {
    const row = make('tr');
    const heading = make('th', '', name);
    heading.setAttribute('scope', 'row');
    const bar = make('div', 'bar');
    bar.style.width = `${(100 * bytes) / largest}%`;
    bar.style.background = colourOf(name, data);
    const cell = make('td', 'bar-cell');
    cell.setAttribute('aria-hidden', 'true');
    cell.append(bar);
    const figure = bytes < GIB / 10 ? `${Math.round(bytes / MIB)} MiB` : gib(bytes);
    row.append(heading, make('td', 'number', figure), cell);
    return row;
  });
  element('components').replaceChildren(...rows);
}

function showNotes({ numbers, assumptions, peak }: PanelData): void {
  const source = numbers?.source === undefined ? [] : [fill(words.source, numbers.source)];
  const notes = [fill(words.peak, peak), ...assumptions, ...(numbers?.notes ?? []), ...source];
  element('notes').replaceChildren(...notes.map((note) => make('li', '', note)));
}

function show(data: PanelData, changes: WhatIf, file: string): void {
  element('file').textContent = file;
  element('title').textContent = data.title;
  const head = element('headline');
  const text = headline(data);
  if (head.textContent !== text) head.textContent = text; // said aloud when it changes, not before
  head.dataset.verdict = data.verdict ?? '';
  showNotes(data);
  showValues(data, changes);
  element('content').hidden = false;
  element('reading').hidden = true;
  element('nothing').hidden = true;
  element('why').textContent = '';
  element('closed').hidden = true;
  draw(data); // a chart's place has a width only once it is shown
}

/** What has the colours of the theme. */
function draw(data: PanelData): void {
  showComponents(data);
  drawChart(data);
  drawHeadroom(data.numbers);
}

let latest: PanelData | undefined;
const redraw = () => {
  if (latest !== undefined) draw(latest);
};

/** Number of the page's last message. */
let turn = 0;

window.addEventListener('message', ({ data: message }: MessageEvent<ToPage>) => {
  if (message.turn !== turn) return; // something was changed since, and the answer to that comes
  latest = message.type === 'data' ? message.data : undefined;
  if (message.type === 'data') return show(message.data, message.changes, message.file);
  element('content').hidden = true;
  element('reading').hidden = true;
  element('nothing').hidden = message.closed || message.why !== undefined;
  element('why').textContent = message.why ?? '';
  element('closed').hidden = !message.closed;
});
window.addEventListener('resize', redraw);
// Charts and bars keep the colours they were drawn with: another theme draws them anew.
new MutationObserver(redraw).observe(document.body, {
  attributes: true,
  attributeFilter: ['class', 'data-vscode-theme-id'],
});
onControls(
  (changes) => editor.postMessage({ type: 'change', changes, turn: ++turn }),
  (changes) => editor.postMessage({ type: 'apply', changes, turn: ++turn }),
);
editor.postMessage({ type: 'ready', turn });
