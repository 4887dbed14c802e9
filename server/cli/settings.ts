import { adapters, frameworkId } from '../../src-core/frameworks/registry.ts';
import { findGpu, rules } from '../../src-core/index.ts';
import type { Severity } from '../../src-core/run/problem.ts';
import type { Settings } from '../../src-core/settings.ts';
import type { CheckOptions } from './check-file.ts';
import type { Args, Flag } from './flags.ts';
import { UsageError } from './io.ts';
import { didYouMean } from './suggest.ts';

/** Flags that say what a file cannot: shared by every command that reads one. */
export const SETTING_FLAGS: readonly Flag[] = [
  { name: 'gpu', value: 'NAME', help: 'The card: "RTX 4090D", "A100 80GB", "H100 x8"' },
  { name: 'gpus', value: 'N', help: 'How many of them' },
  { name: 'framework', value: 'ID', help: 'Read every file as a config of this framework' },
  {
    name: 'framework-version',
    value: 'V',
    many: true,
    help: 'Its version: 4.57.6, transformers=4.57.6, torch=2.8.0',
  },
  {
    name: 'rule',
    value: 'ID=LEVEL',
    many: true,
    help: 'Severity of a rule: error, warning, info, hint or off',
  },
];

const LEVELS: readonly (Severity | 'off')[] = ['error', 'warning', 'info', 'hint', 'off'];

/** Reads the settings off the command line. */
export function settingsOf(args: Args): CheckOptions {
  const frameworks = adapters.map(({ id }) => id);
  const asked = args.text('framework');
  const framework = asked === undefined ? undefined : frameworkId(asked);
  if (framework !== undefined && !frameworks.includes(framework))
    throw new UsageError(
      `unknown framework "${framework}"${didYouMean(framework, frameworks)}\n` +
        `known are ${frameworks.join(', ')}`,
    );
  const { versions, bare } = versionsOf(args.texts('framework-version'));
  const settings: Settings = {
    ...gpuOf(args),
    ...(framework === undefined ? {} : { framework }),
    ...(versions === undefined ? {} : { versions }),
    ...rulesOf(args.texts('rule')),
  };
  const named = args.positionals;
  return bare === undefined ? { settings, named } : { settings, named, version: bare };
}

function gpuOf(args: Args): Pick<Settings, 'gpu' | 'gpus' | 'hardwareWins'> {
  const written = args.text('gpus');
  const gpus = written === undefined ? undefined : Number(written);
  if (gpus !== undefined && !(Number.isInteger(gpus) && gpus > 0))
    throw new UsageError(`--gpus takes a whole number from 1 on, not "${written}"`);
  const count = gpus === undefined ? {} : { gpus, hardwareWins: true };
  const text = args.text('gpu');
  if (text === undefined) return count;
  const found = findGpu(text);
  if (found.record === undefined && !found.ambiguous) throw unknownGpu(text, found.suggestions);
  const asked = gpus ?? found.count;
  return { gpu: text, hardwareWins: true, ...(asked === undefined ? {} : { gpus: asked }) };
}

/** A card that is not known, or a name that several cards share. */
export function unknownGpu(text: string, suggestions: readonly string[]): UsageError {
  const which = suggestions.length > 0 ? `; which one: ${suggestions.join(', ')}?` : '';
  return new UsageError(`no card is known as "${text}"${which}\n"tunelint gpus" lists them`);
}

/** Packages whose releases count. */
const PACKAGES = [...adapters.map(({ id }) => id), 'torch'];

function packageId(name: string): string {
  const id = frameworkId(name);
  if (PACKAGES.includes(id)) return id;
  throw new UsageError(
    `unknown package "${name}"${didYouMean(name, PACKAGES)}\nknown are ${PACKAGES.join(', ')}`,
  );
}

/** A release as Python packages number them: not `4.x`, which would be read as the first of them. */
const RELEASE = /^v?\d+(?:\.\d+)*(?:[.-]?(?:a|b|rc|dev|post)\d*)*(?:\+[\w.]+)?$/;

function versionsOf(texts: readonly string[]): {
  readonly versions?: Readonly<Record<string, string>>;
  readonly bare?: string;
} {
  const versions: Record<string, string> = {};
  let bare: string | undefined;
  for (const text of texts) {
    const [left = '', ...right] = text.split('=');
    const version = right.length === 0 ? left : right.join('=').replace(/^=/, '');
    if (!RELEASE.test(version))
      throw new UsageError(
        `--framework-version takes one release, 4.57.6 or transformers=4.57.6, not "${text}"`,
      );
    if (right.length === 0) bare = version;
    else versions[packageId(left)] = version;
  }
  return {
    ...(Object.keys(versions).length > 0 ? { versions } : {}),
    ...(bare === undefined ? {} : { bare }),
  };
}

function rulesOf(texts: readonly string[]): Pick<Settings, 'rules'> {
  if (texts.length === 0) return {};
  const ids = rules.map((rule) => rule.id);
  const chosen = texts.map((text) => {
    const equals = text.indexOf('=');
    const id = text.slice(0, Math.max(0, equals));
    const level = LEVELS.find((known) => known === text.slice(equals + 1));
    if (equals < 0 || level === undefined)
      throw new UsageError(
        `--rule takes ID=LEVEL with a level of ${LEVELS.join(', ')}, not "${text}"`,
      );
    if (!ids.includes(id))
      throw new UsageError(
        `unknown rule "${id}"${didYouMean(id, ids)}\n"tunelint rules" lists them`,
      );
    return [id, level] as const;
  });
  return { rules: Object.fromEntries(chosen) };
}
