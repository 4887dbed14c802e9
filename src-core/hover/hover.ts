import { type Located, optionAt, runAt } from '../analysis/locate.ts';
import type { Analysis } from '../analyze.ts';
import { writtenOrigin } from '../run/sourced.ts';
import { joined, type Message } from '../text/message.ts';
import type { Span } from '../text/span.ts';
import { dtypeCard } from './dtype-card.ts';
import { keyCard } from './key-card.ts';
import { memorySources } from './memory-sources.ts';
import { memoryLines, runCard } from './run-card.ts';
import { sourcesAt } from './sources.ts';

/** What to show for one place, as Markdown. */
export interface Hover {
  readonly span: Span;
  readonly markdown: Message;
}

/**
 * Explains the key, the value or the run at `offset` of the analysed file, or of `file`, which it reads;
 * `undefined` where there is nothing to say.
 * `pages`: URI of the folder of the pages that come with the product, where they can be opened.
 */
export function hover(
  analysis: Analysis,
  offset: number,
  pages?: string,
  file = analysis.file.path,
): Hover | undefined {
  const located = optionAt(analysis, offset, file);
  const run = located === undefined ? runAt(analysis, offset, file) : located.run;
  const ofMemory = located === undefined ? run?.trains : tellsMemory(located);
  const more = run !== undefined && ofMemory ? memorySources(run) : [];
  const sources = sourcesAt(analysis, offset, { more, pages, file });
  if (located !== undefined) return optionHover(located, sources);
  return run === undefined
    ? undefined
    : { span: run.span, markdown: sections([runCard(run), sources]) };
}

function sections(parts: readonly (Message | undefined)[]): Message {
  return joined(
    parts.filter((one) => one !== undefined),
    '\n\n---\n\n',
  );
}

function optionHover(located: Located, sources: Message | undefined): Hover | undefined {
  const { option, run, part } = located;
  const card = keyCard(option);
  const parts = [
    part === 'value' ? undefined : card,
    ...meaning(located),
    part === 'value' ? card : undefined,
    sources,
  ];
  if (parts.every((one) => one === undefined)) return undefined;
  const span = part === 'key' ? option.entry.keySpan : option.entry.value.span;
  return run.trains || card !== undefined ? { span, markdown: sections(parts) } : undefined;
}

/** Fields that change how much memory a run takes. */
const MEMORY_FIELDS = [
  'microBatch',
  'maxLength',
  'gradientCheckpointing',
  'optimizer',
  'method',
  'quantization',
  'packing',
  'liger',
  'gradientAccumulation',
  'model',
] as const;

/** What the option does to this run. */
function meaning(located: Located): readonly (Message | undefined)[] {
  const { run } = located;
  if (run.trains && tellsDtype(located)) return [dtypeCard(run)];
  return tellsMemory(located) ? [joined(memoryLines(run), '\n')] : [];
}

type Field = Parameters<typeof writtenOrigin>[0];

function decides({ option }: Located, field: Field): boolean {
  return writtenOrigin(field)?.entry === option.entry;
}

function tellsDtype(located: Located): boolean {
  const { precision, loadDtype, mixedPrecision, computeDtype } = located.run.run;
  return [precision, loadDtype, mixedPrecision, computeDtype].some((one) => decides(located, one));
}

/** Whether the option is one of those that the memory is told at. */
function tellsMemory(located: Located): boolean {
  const { trains, run } = located.run;
  if (!trains || tellsDtype(located)) return false;
  const fields: readonly Field[] = [...MEMORY_FIELDS.map((name) => run[name]), run.lora.rank];
  return fields.some((field) => decides(located, field));
}
