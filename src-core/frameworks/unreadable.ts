import { cite } from '../facts/citations.ts';
import type { KeyProblem, Severity } from '../run/problem.ts';
import { writtenOrigin } from '../run/sourced.ts';
import type { Document, Entry } from '../syntax/document.ts';
import type { Fault } from '../syntax/fault.ts';
import { lineEnd, lineStart } from '../syntax/patch/lines.ts';
import { type Phrase, say } from '../text/message.ts';
import type { Recognized, Section } from './framework.ts';
import { pointAt } from './point-at.ts';

/**
 * The problems of a run with those of files that their loader cannot read. What the keys behind the broken
 * place say is not known then, nor whether one is missing.
 */
export function withUnreadable(
  problems: readonly KeyProblem[],
  recognized: Recognized,
): readonly KeyProblem[] {
  const broken = new Map<Document, Section>();
  for (const section of recognized.sections)
    if (section.document.fault !== undefined) broken.set(section.document, section);
  if (broken.size === 0) return problems;
  const faults = [...broken].flatMap(([document, section]) =>
    document.fault ? unreadable(document, document.fault, section, recognized) : [],
  );
  const known = problems.filter(
    (one) =>
      !OF_WHAT_IS_ABSENT.has(one.rule) &&
      ![...broken.keys()].some((document) => isLost(one, document)),
  );
  return [...faults, ...known];
}

const OF_WHAT_IS_ABSENT: ReadonlySet<KeyProblem['rule']> = new Set([
  'missing-key',
  'nothing-trained',
]);

/** Whether a problem lies where the text may say something else than it seems to. */
function isLost({ at }: KeyProblem, { file, fault }: Document): boolean {
  const origin = writtenOrigin(at);
  if (fault === undefined || origin?.file !== file.path) return false;
  const { start } = origin.entry.keySpan;
  const until = fault.local === true ? lineEnd(file.text, fault.span.start) : file.text.length;
  return start >= lineStart(file.text, fault.span.start) && start <= until;
}

function unreadable(
  { file }: Document,
  { span, why }: Fault,
  section: Section,
  { adapter, within }: Recognized,
): KeyProblem {
  const { start, end } = span;
  const absent = { kind: 'absent', span: { start: end, end } } as const;
  const entry: Entry = { key: file.text.slice(start, end), keySpan: span, value: absent, span };
  const json = file.language === 'json';
  // DeepSpeed reads Hjson (runtime/config.py), which has comments and is less strict about commas and quotes.
  const alone = json && adapter.id === 'deepspeed' && within === undefined;
  const severity: Severity = alone ? 'warning' : 'error';
  return {
    rule: 'syntax-error',
    at: pointAt({ section, entry }),
    onKey: true,
    severity,
    cite: json ? cite.pythonJson : cite.pyYaml,
    message: json ? ofJson(why, alone) : say`PyYAML cannot load the file: ${why}`,
  };
}

function ofJson(why: Phrase, alone: boolean): Phrase {
  return alone
    ? say`not JSON: ${why}. transformers and accelerate cannot load the file`
    : say`Python's json cannot load the file: ${why}`;
}
