import type { Analysis } from '../analyze.ts';
import { joined, type Message, say } from '../text/message.ts';
import { contains } from '../text/span.ts';

/** What the findings at `offset` rest on, as a line of links; `undefined` where nothing is cited. */
export function sourcesAt(analysis: Analysis, offset: number): Message | undefined {
  const cites = analysis.findings
    .filter(({ file, span }) => file === analysis.file.path && contains(span, offset))
    .flatMap((finding) => finding.cites);
  const lines = cites.map(({ label, url }) =>
    url === undefined ? linked(label) : `[${label}](${url})`,
  );
  const all = [...new Set(lines)];
  if (all.length === 0) return undefined;
  return all.length === 1
    ? say`source: ${all[0]}`
    : joined([say`sources:`, ...all.map((one) => `- ${one}`)], '\n');
}

const PAPER = /\barXiv (\d{4}\.\d{4,5})\b/g;
const ISSUE = /\b([\w.-]+\/[\w.-]+)#(\d+)\b/g;

/** The same message with the papers and issues among its values as links. */
export function linked(message: Message): Message {
  return typeof message === 'string'
    ? linkedText(message)
    : { template: message.template, values: message.values.map(linked) };
}

function linkedText(text: string): string {
  return text
    .replace(PAPER, '[arXiv $1](https://arxiv.org/abs/$1)')
    .replace(ISSUE, '[$1#$2](https://github.com/$1/issues/$2)');
}
