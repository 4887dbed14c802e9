import type { GpuRecord } from '../facts/gpu.ts';
import { listGpus } from '../facts/lookup.ts';
import type { Finding } from '../finding.ts';
import { resolveFix } from '../fix/resolve.ts';
import { candidates } from '../frameworks/registry.ts';
import type { TrainingLog } from '../logs/training-log.ts';
import { rules } from '../rules/index.ts';
import { bytes, formatBytes } from '../run/units.ts';
import type { Settings } from '../settings.ts';
import { parseDocument } from '../syntax/parse.ts';
import type { SourceFile } from '../text/source-file.ts';
import type { Span } from '../text/span.ts';
import { adapterContext, fileAccess } from './context.ts';
import { type FindingTools, findingsOf, writesOf } from './findings.ts';
import { type Hardware, readHardware } from './hardware.ts';
import { ruleContext } from './rule-context.ts';
import { lowerRuns } from './runs.ts';

/** What the rules say of the command in a log, and the files it names. */
export interface Launch {
  readonly findings: readonly Finding[];
  readonly wanted: readonly string[];
}

interface LaunchInput {
  readonly file: SourceFile;
  readonly settings: Settings;
  readonly files?: ReadonlyMap<string, string>;
}

interface Attempt extends Launch {
  /** The command is a training run; until a config that it names is at hand, that is not known. */
  readonly trains: boolean;
}

/** Findings of the first command in the log that is a training run, placed in the log itself. */
export function launchFindings(input: LaunchInput, log: TrainingLog): Launch {
  const wanted: string[] = [];
  for (const span of log.commands) {
    const { findings, wanted: named, trains } = launchOf(input, log, span);
    wanted.push(...named);
    if (trains) return { findings, wanted };
  }
  return { findings: [], wanted };
}

function launchOf(input: LaunchInput, log: TrainingLog, span: Span): Attempt {
  const { file, settings } = input;
  const command = file.text.slice(span.start, span.end);
  if (candidates(command).length === 0) return { findings: [], wanted: [], trains: false };
  // Blanks in front keep the places of the log.
  const text = ' '.repeat(span.start) + command;
  const document = parseDocument({ path: file.path, text, language: 'shell' });
  const access = fileAccess(() => document, input.files);
  const hardware = hardwareOf(settings, file.path, log);
  const context = adapterContext(settings, hardware, access);
  const run = lowerRuns(document, context, undefined).find((one) => one.recognized.trains);
  if (run === undefined) return { findings: [], wanted: [...access.wanted], trains: false };
  const tools: FindingTools = {
    settings,
    failures: [],
    resolve: (intent, lowered) => resolveFix(intent, lowered, access.documents),
  };
  const findings = findingsOf(run, rules, ruleContext(run.run, writesOf(run, tools)), tools);
  return { findings, wanted: [...access.wanted], trains: true };
}

/** The card of the settings, else one of the size that the allocator printed. */
function hardwareOf(settings: Settings, path: string, log: TrainingLog): Hardware {
  const hardware = readHardware(settings, path);
  const known = log.runs.flatMap((run) => run.outOfMemory).find(({ capacity }) => capacity);
  if (hardware.gpu.value !== null || known?.capacity === undefined) return hardware;
  const card = cardOf(known.capacity);
  if (card === undefined) return hardware;
  const origin = { kind: 'setting', label: 'the log', file: path, span: known.span } as const;
  return { ...hardware, gpu: { value: card, origin } };
}

/** How far the usable memory of cards of one size differs. */
const ALIKE = 0.03;

/** A card with the memory that the log names; which of those of its size it is, is not known. */
function cardOf(capacity: number): GpuRecord | undefined {
  const like = listGpus().find(
    ({ memoryBytes }) => Math.abs(memoryBytes - capacity) <= ALIKE * capacity,
  );
  if (like === undefined) return undefined;
  const name = `${formatBytes(bytes(capacity))} GPU`;
  return { ...like, name, memoryBytes: capacity };
}
