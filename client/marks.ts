import * as vscode from 'vscode';
import type { SummaryItem } from '../server/proto/requests.ts';

type Verdict = NonNullable<SummaryItem['verdict']>;
/** A verdict about memory; `fits-only`: it fits, and something else about the run is an error. */
type Mark = Verdict | 'fits-only';

interface Look {
  readonly dark: string;
  /** A darker shade for light themes. */
  readonly light: string;
  /** What stands within the chip. */
  readonly inside: string;
}

const LITTLE = '<path d="M5.6 10.4h4.8" stroke-width="1.6"/>';

/**
 * A memory chip, so that no mark reads as "the run is right": how full it is, or what is wrong. Shape
 * as well as colour tells them apart.
 */
const LOOKS: Readonly<Record<Mark, Look>> = {
  fits: { dark: '#73c991', light: '#2e7d32', inside: LITTLE },
  'fits-only': { dark: '#9d9d9d', light: '#6b6b6b', inside: LITTLE },
  tight: {
    dark: '#3794ff',
    light: '#1a6fc9',
    inside: '<path d="M5.6 10.4h4.8M5.6 8h4.8M5.6 5.6h4.8" stroke-width="1.6"/>',
  },
  unlikely: { dark: '#e2b93d', light: '#9a6700', inside: '<path d="M8 5.2v3.4M8 10.6v.4"/>' },
  'does-not-fit': {
    dark: '#f4837d',
    light: '#c72e2b',
    inside: '<path d="M6 6l4 4M10 6l-4 4"/>',
  },
};
const MARKS = ['fits', 'fits-only', 'tight', 'unlikely', 'does-not-fit'] as const;
const CHIP =
  '<rect x="3.2" y="3.2" width="9.6" height="9.6" rx="1.2"/><path d="M5.6 3V1.2M10.4 3V1.2M5.6 14.8V13M10.4 14.8V13M3 5.6H1.2M3 10.4H1.2M14.8 5.6H13M14.8 10.4H13"/>';

function icon(mark: Mark, shade: 'dark' | 'light'): vscode.Uri {
  const { inside, ...colours } = LOOKS[mark];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="none" stroke="${colours[shade]}" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round">${CHIP}${inside}</g></svg>`;
  return vscode.Uri.parse(`data:image/svg+xml;base64,${btoa(svg)}`);
}

function decoration(mark: Mark): vscode.TextEditorDecorationType {
  const side = (shade: 'dark' | 'light') => ({
    gutterIconPath: icon(mark, shade),
    overviewRulerColor: LOOKS[mark][shade],
  });
  return vscode.window.createTextEditorDecorationType({
    gutterIconSize: '85%',
    overviewRulerLane: vscode.OverviewRulerLane.Left,
    dark: side('dark'),
    light: side('light'),
  });
}

function markOf({ verdict, failing }: SummaryItem): Mark | undefined {
  return verdict === 'fits' && failing ? 'fits-only' : verdict;
}

/** Marks in the margin beside each run that say by colour and shape whether it fits in memory. */
export class Marks {
  private readonly types = new Map(MARKS.map((mark) => [mark, decoration(mark)]));

  /** Shows the marks of these runs and of no others. */
  show(editor: vscode.TextEditor, items: readonly SummaryItem[]): void {
    for (const [mark, type] of this.types) {
      const lines = items.filter((item) => markOf(item) === mark).map(({ line }) => line);
      const ranges = lines.map((line) => new vscode.Range(line, 0, line, 0));
      editor.setDecorations(type, ranges);
    }
  }

  dispose(): void {
    for (const type of this.types.values()) type.dispose();
  }
}
