import type { Finding } from '../../src-core/finding.ts';
import { lineIndex } from '../../src-core/text/source-file.ts';

/** A line under a line of source that says what is reported there. */
export interface Ruler {
  /** The ruler line as written. */
  readonly raw: string;
  /** Line of the stripped text that it points at, from 0. */
  readonly line: number;
  /** Columns of the carets, from 0, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly severity: string;
  readonly rule: string;
  /** A part of the message. */
  readonly fragment: string;
  /** There is a fix. */
  readonly fix: boolean;
}

/** A block without its rulers. */
export interface Stripped {
  readonly text: string;
  readonly rulers: readonly Ruler[];
}

const RULER =
  /^(\s*(?:#|\/\/)?\s*)(\^+)\s+(error|warning|info|hint)\[([a-z0-9-]+)\]\s*(.*?)\s*(\u{1f4a1})?\s*$/u;

/** Takes the ruler lines out of `text`, so that the rest can be parsed. */
export function stripRulers(text: string): Stripped {
  const kept: string[] = [];
  const rulers: Ruler[] = [];
  for (const raw of text.split('\n')) {
    const found = RULER.exec(raw);
    if (found === null) {
      if (/^\s*(?:#|\/\/)?\s*\^+(\s|$)/.test(raw))
        throw new SyntaxError(`not a ruler (carets severity[rule] fragment): ${raw}`);
      kept.push(raw);
      continue;
    }
    const [, before = '', carets = '', severity = '', rule = '', fragment = '', bulb] = found;
    const start = before.length;
    const line = kept.length - 1;
    const end = start + carets.length;
    rulers.push({ raw, line, start, end, severity, rule, fragment, fix: bulb !== undefined });
  }
  return { text: kept.join('\n'), rulers };
}

/**
 * Puts a ruler under each finding. A finding that one of `expected` describes gets that ruler as it
 * was written; so the outcome equals the block exactly when every expectation holds.
 */
export function insertRulers(
  text: string,
  findings: readonly Finding[],
  expected: readonly Ruler[],
): string {
  const index = lineIndex(text);
  const open = [...expected];
  const placed = findings.map((finding) => {
    const fresh = rulerOf(finding, text, index);
    const at = open.findIndex((ruler) => describes(ruler, fresh, finding.message));
    const [known] = at < 0 ? [] : open.splice(at, 1);
    return known ?? fresh;
  });
  const order = (ruler: Ruler) => (expected.indexOf(ruler) + 1 || expected.length + 1) - 1;
  return text
    .split('\n')
    .flatMap((line, number) => {
      const here = placed.filter((ruler) => ruler.line === number);
      return [line, ...here.sort((a, b) => order(a) - order(b)).map((ruler) => ruler.raw)];
    })
    .join('\n');
}

function describes(ruler: Ruler, fresh: Ruler, message: string): boolean {
  return (
    ruler.line === fresh.line &&
    ruler.start === fresh.start &&
    ruler.end === fresh.end &&
    ruler.severity === fresh.severity &&
    ruler.rule === fresh.rule &&
    ruler.fix === fresh.fix &&
    message.includes(ruler.fragment)
  );
}

/** The ruler of a finding; of a span over several lines it marks the first. */
function rulerOf(finding: Finding, text: string, index: ReturnType<typeof lineIndex>): Ruler {
  const { line, column } = index.positionAt(finding.span.start);
  const lineStart = finding.span.start - column;
  const newline = text.indexOf('\n', finding.span.start);
  const lineEnd = newline < 0 ? text.length : newline;
  const length = Math.max(1, Math.min(finding.span.end, lineEnd) - lineStart - column);
  const fix = finding.fixes.length > 0;
  const fragment = shortened(finding.message.split('\n', 1)[0] ?? '');
  const { severity, rule } = finding;
  const say = [`${severity}[${rule}]`, fragment, ...(fix ? ['\u{1f4a1}'] : [])].join(' ');
  const raw = `${' '.repeat(column)}${'^'.repeat(length)} ${say}`;
  return { raw, line, start: column, end: column + length, severity, rule, fragment, fix };
}

const LONGEST = 60;

/** The start of a message, cut at a word. */
function shortened(message: string): string {
  if (message.length <= LONGEST) return message;
  return message.slice(0, message.lastIndexOf(' ', LONGEST));
}
