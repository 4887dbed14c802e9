import { type Located, optionAt, runAt } from '../analysis/locate.ts';
import type { Analysis } from '../analyze.ts';
import { writtenOrigin } from '../run/sourced.ts';
import { joined, type Message } from '../text/message.ts';
import type { Span } from '../text/span.ts';
import { dtypeCard } from './dtype-card.ts';
import { keyCard } from './key-card.ts';
import { memoryLines, runCard } from './run-card.ts';
import { sourcesAt } from './sources.ts';

/** What to show for one place, as Markdown. */
export interface Hover {
  readonly span: Span;
  readonly markdown: Message;
}

/** Explains the key, the value or the run at `offset`; `undefined` where there is nothing to say. */
export function hover(analysis: Analysis, offset: number): Hover | undefined {
  const located = optionAt(analysis, offset);
  const sources = sourcesAt(analysis, offset);
  if (located !== undefined) return optionHover(located, sources);
  const run = runAt(analysis, offset);
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
function meaning({ option, run }: Located): readonly (Message | undefined)[] {
  if (!run.trains) return [];
  const decides = (field: Parameters<typeof writtenOrigin>[0]): boolean =>
    writtenOrigin(field)?.entry === option.entry;
  const { precision, loadDtype, mixedPrecision, computeDtype } = run.run;
  if ([precision, loadDtype, mixedPrecision, computeDtype].some(decides)) return [dtypeCard(run)];
  if (MEMORY_FIELDS.some((name) => decides(run.run[name])) || decides(run.run.lora.rank))
    return [joined(memoryLines(run), '\n')];
  return [];
}
