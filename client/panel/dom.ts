import type { Words } from './words.ts';

/** The element of that id; the page always has it. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** A new element. */
export function make(tag: string, className = '', text = ''): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** The page's texts, which stand in it as data. */
export const words: Words = JSON.parse(element('words').textContent ?? '{}');

/** A colour of the editor's theme, or `otherwise` where the theme has none. */
export function themeColour(name: string, otherwise = '#808080'): string {
  return getComputedStyle(document.body).getPropertyValue(`--vscode-${name}`).trim() || otherwise;
}

/** As wide as its place, CSS pixels: in a narrow column of the editor nothing reaches beyond its edge. */
export const chartWidth = (place: HTMLElement): number => Math.max(160, place.clientWidth);

/** How an axis of a chart looks; its grid is faint in themes of high contrast, too. */
export function axisLook() {
  const stroke = themeColour('foreground');
  const line = { stroke: `color-mix(in srgb, ${stroke} 18%, transparent)`, width: 1 };
  return { stroke, grid: line, ticks: line };
}

export const GIB = 2 ** 30;

/** Bytes as `18.4 GiB`. */
export const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;
