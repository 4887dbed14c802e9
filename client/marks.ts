import * as vscode from 'vscode';
import type { SummaryItem } from '../server/proto/requests.ts';

type Verdict = NonNullable<SummaryItem['verdict']>;

/** Shape as well as colour tells them apart; each has a darker shade for light themes. */
const SHAPES: Readonly<Record<Verdict, { dark: string; light: string; path: string }>> = {
  fits: { dark: '#73c991', light: '#2e7d32', path: 'M5 8.3l2.1 2.1L11.2 6' },
  tight: { dark: '#3794ff', light: '#1a6fc9', path: 'M8 5v3.6M8 10.6v.6' },
  unlikely: { dark: '#e2b93d', light: '#9a6700', path: 'M8 6v2.9M8 10.8v.5' },
  'does-not-fit': { dark: '#f4837d', light: '#c72e2b', path: 'M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4' },
};
const VERDICTS = ['fits', 'tight', 'unlikely', 'does-not-fit'] as const;
const CIRCLE = '<circle cx="8" cy="8" r="5.9"/>';
const TRIANGLE = '<path d="M8 2.2L14.2 13.4H1.8z"/>';

function icon(verdict: Verdict, shade: 'dark' | 'light'): vscode.Uri {
  const { path, ...colours } = SHAPES[verdict];
  const outline = verdict === 'unlikely' ? TRIANGLE : CIRCLE;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="none" stroke="${colours[shade]}" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">${outline}<path d="${path}"/></g></svg>`;
  return vscode.Uri.parse(`data:image/svg+xml;base64,${btoa(svg)}`);
}

function decoration(verdict: Verdict): vscode.TextEditorDecorationType {
  const side = (shade: 'dark' | 'light') => ({
    gutterIconPath: icon(verdict, shade),
    overviewRulerColor: SHAPES[verdict][shade],
  });
  return vscode.window.createTextEditorDecorationType({
    gutterIconSize: '85%',
    overviewRulerLane: vscode.OverviewRulerLane.Left,
    dark: side('dark'),
    light: side('light'),
  });
}

/** Marks in the margin beside each run that say by colour and shape whether it fits. */
export class Marks {
  private readonly types = new Map(VERDICTS.map((verdict) => [verdict, decoration(verdict)]));

  /** Shows the marks of these runs and of no others. */
  show(editor: vscode.TextEditor, items: readonly SummaryItem[]): void {
    for (const [verdict, type] of this.types) {
      const lines = items.filter((item) => item.verdict === verdict).map(({ line }) => line);
      const ranges = lines.map((line) => new vscode.Range(line, 0, line, 0));
      editor.setDecorations(type, ranges);
    }
  }

  dispose(): void {
    for (const type of this.types.values()) type.dispose();
  }
}
