import type { Analysis } from '../analyze.ts';
import { joined, type Message, say } from '../text/message.ts';
import { contains } from '../text/span.ts';

/** What else is cited, and where the pages are that come with the product. */
export interface SourceNeeds {
  readonly more?: readonly Message[];
  /** URI of the folder of the pages, where they can be opened. */
  readonly pages?: string | undefined;
  /** The file that the offset lies in. */
  readonly file: string;
}

/**
 * What the findings at `offset` rest on and what `more` names, as a line or a list of links;
 * `undefined` where nothing is cited.
 */
export function sourcesAt(
  analysis: Analysis,
  offset: number,
  { more = [], pages, file: path }: SourceNeeds,
): Message | undefined {
  const cites = analysis.findings
    .filter(({ file, span }) => file === path && contains(span, offset))
    .flatMap((finding) => finding.cites)
    // Of the list, the line of the method says it.
    .filter(({ label }) => more.length === 0 || !label.startsWith(METHOD));
  const lines = cites.map(({ label, url }) => (url === undefined ? label : `[${label}](${url})`));
  const all = [...new Set(lines), ...more].map((one) => linked(one, pages));
  if (all.length === 0) return undefined;
  return all.length === 1
    ? say`source: ${all[0]}`
    : joined([say`sources:`, ...all.map((one) => joined(['- ', one], ''))], '\n');
}

/** Where the estimate is documented, as labels name it. */
const METHOD = 'docs/estimate.md';
const PAPER = /\barXiv (\d{4}\.\d{4,5})\b/g;
const ISSUE = /\b([\w.-]+\/[\w.-]+)#(\d+)\b/g;

/** The same message with the papers, issues and own pages among its values as links. */
export function linked(message: Message, pages?: string): Message {
  return typeof message === 'string'
    ? linkedText(message, pages)
    : { template: message.template, values: message.values.map((one) => linked(one, pages)) };
}

function linkedText(text: string, pages: string | undefined): string {
  if (text.includes('](')) return text;
  const outside = text
    .replace(PAPER, '[arXiv $1](https://arxiv.org/abs/$1)')
    .replace(ISSUE, '[$1#$2](https://github.com/$1/issues/$2)');
  return pages === undefined
    ? outside
    : outside.replace(METHOD, `[${METHOD}](${pages}/estimate.md)`);
}
