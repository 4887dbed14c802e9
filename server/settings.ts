import type { Severity } from '../src-core/run/problem.ts';
import type { Settings } from '../src-core/settings.ts';

/** Everything the user can set, with the defaults filled in. */
export interface ServerSettings {
  readonly enable: boolean;
  /** When findings are shown. */
  readonly run: 'onType' | 'onSave';
  /** Whether the line with the memory estimate stands above a run. */
  readonly summary: boolean;
  /** What the core is told. */
  readonly core: Settings;
}

export const DEFAULT_SETTINGS: ServerSettings = {
  enable: true,
  run: 'onType',
  summary: true,
  core: {},
};

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRuleLevel(value: unknown): value is Severity | 'off' {
  return (
    value === 'off' ||
    value === 'hint' ||
    value === 'info' ||
    value === 'warning' ||
    value === 'error'
  );
}

function text(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return trimmed === '' ? undefined : trimmed;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;
}

/** The entries of `value` that pass `accepts`; a wrong entry is left out, the others stay. */
function entries<T>(
  value: unknown,
  accepts: (entry: unknown) => entry is T,
): Readonly<Record<string, T>> | undefined {
  if (!isRecord(value)) return undefined;
  const kept: Record<string, T> = {};
  for (const [key, entry] of Object.entries(value)) if (accepts(entry)) kept[key] = entry;
  return Object.keys(kept).length > 0 ? kept : undefined;
}

const isText = (value: unknown): value is string => text(value) !== undefined;

function coreSettings(raw: Readonly<Record<string, unknown>>): Settings {
  const gpu = text(raw.gpu);
  const gpus = count(raw.gpus);
  const framework = text(raw.framework);
  const versions = entries(raw.frameworkVersions, isText);
  const rules = entries(raw.rules, isRuleLevel);
  return {
    ...(gpu === undefined ? {} : { gpu }),
    ...(gpus === undefined ? {} : { gpus }),
    ...(framework === undefined ? {} : { framework }),
    ...(versions === undefined ? {} : { versions }),
    ...(rules === undefined ? {} : { rules }),
  };
}

/** Reads the section `tunelint` of a client's configuration; what is missing or wrong falls back. */
export function parseSettings(raw: unknown): ServerSettings {
  if (!isRecord(raw)) return DEFAULT_SETTINGS;
  return {
    enable: raw.enable !== false,
    run: raw.run === 'onSave' ? 'onSave' : 'onType',
    summary: raw.summary !== false,
    core: coreSettings(raw),
  };
}

/** The section `tunelint` of a whole settings object, as old clients push it. */
export function sectionOf(settings: unknown): unknown {
  return isRecord(settings) ? settings.tunelint : undefined;
}
