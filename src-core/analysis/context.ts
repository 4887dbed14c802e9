import { modelFromConfig } from '../facts/config-json.ts';
import type { GpuRecord } from '../facts/gpu.ts';
import { findGpu, findModel } from '../facts/lookup.ts';
import type { AdapterContext } from '../frameworks/framework.ts';
import { adapterById } from '../frameworks/registry.ts';
import { byDefault, type Sourced, UNKNOWN } from '../run/sourced.ts';
import type { ModelRef } from '../run/training-run.ts';
import type { Settings } from '../settings.ts';
import type { Document } from '../syntax/document.ts';
import { parseDocument } from '../syntax/parse.ts';
import type { Watch } from '../syntax/watch.ts';
import { lazy } from '../text/lazy.ts';
import { languageOf } from '../text/source-file.ts';
import type { Span } from '../text/span.ts';
import {
  allowedCeiling,
  installedCeiling,
  installedVersion,
  installsIn,
  isInstalled,
  pinnedVersion,
} from './versions.ts';

/** The card, the count and whatever else was said about them. */
export interface Hardware {
  readonly gpu: Sourced<GpuRecord | null>;
  readonly gpus?: Sourced<number>;
  /** A name that no card or several cards have. */
  readonly trouble?: {
    readonly text: string;
    readonly suggestions: readonly string[];
    /** The card that is taken all the same: the largest of those that differ in memory alone. */
    readonly taken?: string;
    readonly span?: Span;
  };
}

/** A directive in a comment: `# tunelint: gpu=RTX 4090D x2`. */
export interface HardwareDirective {
  readonly text: string;
  readonly span: Span;
}

/** The hardware of a run: the command line, else a comment, else the setting. */
export function readHardware(
  settings: Settings,
  directive: HardwareDirective | undefined,
  file: string,
): Hardware {
  const fromComment = directive !== undefined && settings.hardwareWins !== true;
  const text = fromComment ? directive.text : (settings.gpu ?? directive?.text);
  const label = fromComment ? 'the comment' : 'the setting';
  if (text === undefined || text.trim() === '')
    return { gpu: byDefault(null, 'no GPU is named'), ...countOf(settings.gpus, 'the setting') };
  const { record, count, suggestions, ambiguous } = findGpu(text);
  const place = fromComment ? { file, span: directive.span } : {};
  const taken = record ?? (ambiguous ? largestAlike(suggestions) : undefined);
  const gpu: Sourced<GpuRecord | null> = {
    value: taken ?? UNKNOWN,
    origin: { kind: 'setting', label, ...place },
  };
  const gpus = countOf(
    settings.hardwareWins ? (settings.gpus ?? count) : (count ?? settings.gpus),
    label,
  );
  if (record !== undefined) return { gpu, ...gpus };
  return {
    gpu,
    ...gpus,
    trouble: {
      text,
      suggestions,
      ...(taken && { taken: taken.name }),
      ...(fromComment && { span: directive.span }),
    },
  };
}

/** The largest of cards that differ in memory alone: what does not fit it fits none of them. */
function largestAlike(names: readonly string[]): GpuRecord | undefined {
  const records = names.map((name) => findGpu(name).record).filter((one) => one !== undefined);
  const [first] = records;
  const alike = records.every(
    (one) => one.arch === first?.arch && one.computeCapability === first?.computeCapability,
  );
  if (!alike || records.length !== names.length) return undefined;
  return [...records].sort((a, b) => b.memoryBytes - a.memoryBytes)[0];
}

function countOf(count: number | undefined, label: string): { gpus?: Sourced<number> } {
  if (count === undefined || !Number.isInteger(count) || count < 1) return {};
  return { gpus: { value: count, origin: { kind: 'setting', label } } };
}

/** Files handed over by the host, parsed at most once, and what else was asked for. */
export interface FileAccess {
  readonly wanted: ReadonlySet<string>;
  /** The text of the file itself. */
  readonly main: string;
  file(path: string, from: string): Document | undefined;
  text(path: string): string | undefined;
  /** Every document that was asked for and there, by path. */
  readonly documents: ReadonlyMap<string, Document>;
}

/** Reads from `files`; a path that is not there is noted in `wanted`. */
export function fileAccess(
  main: Document,
  files: ReadonlyMap<string, string> = new Map(),
): FileAccess {
  const wanted = new Set<string>();
  const documents = new Map<string, Document>([[main.file.path, main]]);
  const text = (path: string): string | undefined => {
    wanted.add(path);
    return files.get(path);
  };
  return {
    wanted,
    main: main.file.text,
    documents,
    text,
    file(path) {
      const parsed = documents.get(path);
      if (parsed !== undefined) return parsed;
      const language = languageOf(path);
      if (language === undefined || language === 'log') return undefined;
      const found = text(path);
      if (found === undefined) return undefined;
      const document = parseDocument({ path, text: found, language });
      documents.set(path, document);
      return document;
    },
  };
}

/** What adapters may ask for, over settings, facts and the files at hand. */
export function adapterContext(
  settings: Settings,
  hardware: Hardware,
  access: FileAccess,
  watch?: Watch,
): AdapterContext {
  const installs = lazy(() => installsIn(access.main));
  return {
    adapter: adapterById,
    file: (path, from) => access.file(path, from),
    model: (text) => resolveModel(text, access),
    gpu: hardware.gpu,
    watch,
    ...(hardware.gpus === undefined ? {} : { gpus: hardware.gpus }),
    version(name) {
      const set = settings.versions?.[name];
      if (set !== undefined)
        return { value: set, origin: { kind: 'setting', label: `the version of ${name}` } };
      const own = installedVersion(name, installs());
      if (own !== undefined)
        return { value: own, origin: { kind: 'setting', label: 'the install command' } };
      // What the text installs in some release or other is not the one that a file beside it pins.
      if (isInstalled(name, installs())) return undefined;
      const pin = pinnedVersion(name, (path) => access.text(path));
      return pin === undefined
        ? undefined
        : { value: pin.version, origin: { kind: 'setting', label: pin.file } };
    },
    ceiling: (name) =>
      isInstalled(name, installs())
        ? installedCeiling(name, installs())
        : allowedCeiling(name, (path) => access.text(path)),
  };
}

/** A `config.json` beside a local model wins over the table. */
function resolveModel(text: string, access: FileAccess): ModelRef {
  if (looksLocal(text)) {
    const config = access.text(`${text.replace(/\/+$/, '')}/config.json`);
    const record = config === undefined ? undefined : readConfig(config, text);
    if (record !== undefined) return { text, record };
  }
  const { record, suggestions } = findModel(text);
  return {
    text,
    ...(record === undefined ? {} : { record }),
    ...(suggestions.length === 0 ? {} : { suggestions }),
  };
}

/** A path rather than a hub id: it begins like one, or has not exactly one slash. */
function looksLocal(text: string): boolean {
  return /^[./~]|^[A-Za-z]:[\\/]/.test(text) || text.split('/').length !== 2;
}

function readConfig(text: string, id: string) {
  try {
    return modelFromConfig(JSON.parse(text), id);
  } catch {
    return undefined;
  }
}
