import { modelFromConfig } from '../facts/config-json.ts';
import { findModel } from '../facts/lookup.ts';
import type { AdapterContext } from '../frameworks/framework.ts';
import { isInUnnamedCopy } from '../frameworks/own-source.ts';
import { importsUnsloth } from '../frameworks/python/patched.ts';
import { adapterById } from '../frameworks/registry.ts';
import type { Doubt } from '../frameworks/releases.ts';
import { copyOf } from '../frameworks/since.ts';
import type { ModelRef } from '../run/training-run.ts';
import type { Settings } from '../settings.ts';
import type { Document } from '../syntax/document.ts';
import { parseDocument } from '../syntax/parse.ts';
import type { Flags } from '../syntax/python/command-line.ts';
import type { Program } from '../syntax/python/python.ts';
import type { Watch } from '../syntax/watch.ts';
import { byName, lazy } from '../text/lazy.ts';
import { say, word } from '../text/message.ts';
import { languageOf } from '../text/source-file.ts';
import { type Asked, askedFor, type Said, saidOf, unnamedCopy } from './asked.ts';
import type { Hardware } from './hardware.ts';
import { folderOfCopy } from './own-release.ts';
import { aboveOf, type Kind, pinPlace, placesOfKinds } from './pin-files.ts';
import {
  installedCeiling,
  installedVersion,
  installsIn,
  installsUnsure,
  isInstalled,
  notedVersion,
} from './versions.ts';

/** Files handed over by the host, parsed at most once, and what else was asked for. */
export interface FileAccess {
  readonly wanted: ReadonlySet<string>;
  /** The file itself. */
  readonly main: Document;
  file(path: string): Document | undefined;
  program(path: string, flags: Flags): Document | undefined;
  text(path: string): string | undefined;
  /** What files beside the config, or in the folders above, ask for of a package. */
  asked(name: string): Asked;
  /** A file of a copy of a framework's source that does not say its release. */
  copy(name: string): string | undefined;
  /** What else such files name, of which none is certain. */
  said(name: string): readonly Said[];
  /** Every document that was asked for and there, by path. */
  readonly documents: ReadonlyMap<string, Document>;
}

/** Reads a module of the program that is parsed. */
export type ModuleReader = NonNullable<Program['module']>;

/**
 * Reads from `files`; a path that is not there is noted in `wanted`. Of a text that was parsed `before`
 * the document is taken from there. `parse` gives the file itself.
 */
export function fileAccess(
  parse: (module: ModuleReader) => Document,
  files: ReadonlyMap<string, string> = new Map(),
  before: ReadonlyMap<string, Document> = new Map(),
): FileAccess {
  const wanted = new Set<string>();
  const text = (path: string): string | undefined => {
    wanted.add(path);
    return files.get(path);
  };
  const main = parse(text);
  const documents = new Map<string, Document>([[main.file.path, main]]);
  // The host knows in how many folders above it looks: it is told the file, not the folder.
  const pins = (path: string) => {
    wanted.add(pinPlace(path)?.wanted ?? path);
    return files.get(path);
  };
  const highest = lazy(() => Math.max(0, ...[...files.keys()].map(aboveOf)));
  const kinds = lazy(() => placesOfKinds(files.keys()));
  const listed = (kind: Kind, above: number) => {
    wanted.add(kind);
    return kinds()
      .filter((one) => one.wanted === kind && one.above === above)
      .map(({ path }) => path);
  };
  return {
    wanted,
    main,
    documents,
    text,
    asked: byName((name) => askedFor(name, pins, highest(), listed)),
    copy: byName((name) => unnamedCopy(name, pins, highest())),
    said: byName((name) => saidOf(name, pins, highest(), listed)),
    program(path, flags) {
      const found = languageOf(path) === 'python' ? text(path) : undefined;
      if (found === undefined) return undefined;
      const folder = path.slice(0, path.lastIndexOf('/') + 1);
      const module = (name: string) => text(folder + name);
      const file = { path, text: found, language: 'python' } as const;
      const document = parseDocument(file, undefined, { flags, module });
      if (!documents.has(path)) documents.set(path, document);
      return document;
    },
    file(path) {
      const parsed = documents.get(path);
      if (parsed !== undefined) return parsed;
      const language = languageOf(path);
      if (language === undefined || language === 'log') return undefined;
      const found = text(path);
      if (found === undefined) return undefined;
      const old = before.get(path);
      const document =
        old?.file.text === found ? old : parseDocument({ path, text: found, language });
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
  const installs = lazy(() => installsIn(access.main.file.text));
  const installed = byName((name) => isInstalled(name, installs()));
  const context: AdapterContext = {
    adapter: adapterById,
    file: (path) => access.file(path),
    program: (path, flags) => access.program(path, flags),
    module(path, of) {
      // The host looks for what a file names in the folder of that file.
      const { path: file } = of.file;
      const folder = of === access.main ? '' : file.slice(0, file.lastIndexOf('/') + 1);
      return access.file(folder + path);
    },
    model: (text) => resolveModel(text, access),
    gpu: hardware.gpu,
    watch,
    ...(hardware.gpus === undefined ? {} : { gpus: hardware.gpus }),
    version: byName((name) => {
      const set = settings.versions?.[name];
      if (set !== undefined)
        return { value: set, origin: { kind: 'setting', label: `the version of ${name}` } };
      const own = installedVersion(name, installs());
      if (own !== undefined)
        return { value: own, origin: { kind: 'setting', label: 'the install command' } };
      // What the text installs in some release or other is not the one that a file beside it pins.
      if (installed(name)) return undefined;
      const { pin } = access.asked(name);
      return pin === undefined
        ? undefined
        : {
            value: pin.version,
            origin: { kind: 'setting', label: pin.file, ...(pin.near && { near: true }) },
          };
    }),
    ceiling: byName((name) =>
      installed(name) ? installedCeiling(name, installs()) : access.asked(name).ceiling,
    ),
    doubts: byName((name) => {
      const kept = name === 'trl' && importsUnsloth(access.main) ? [UNSLOTHS] : [];
      if (installed(name))
        return installsUnsure(name, installs()) ? [{ source: word('the install command') }] : kept;
      const { pin, unsure } = access.asked(name);
      if (pin !== undefined) return [];
      const taken = unsure === undefined ? [] : [{ source: word(`\`${unsure}\``) }];
      const noted = notedVersion(name, installs());
      const own = noted === undefined ? [] : [{ source: say`a comment`, version: noted }];
      const copy = access.copy(name);
      const copied =
        copy !== undefined && isInUnnamedCopy(context, name)
          ? [{ source: word(`\`${copy}\``), copy: true }]
          : [];
      return [...own, ...copied, ...taken, ...access.said(name).map(doubtIn), ...kept];
    }),
    source(name, files) {
      const version = context.version(name);
      const said = version === undefined ? access.copy(name) : copyOf(version);
      const folder = said === undefined ? undefined : folderOfCopy(name, said);
      return folder === undefined
        ? []
        : files.flatMap((file) => {
            const text = access.text(folder + file);
            return text === undefined ? [] : [[file, text] as const];
          });
    },
  };
  return context;
}

/** Unsloth installs no newer TRL from November 2025 to 2026.8.13 (unsloth-zoo's pyproject.toml, pull request #636). */
const UNSLOTHS: Doubt = {
  source: say`Unsloth ${'2026.8'}`,
  ceiling: { version: '0.24.0', included: true },
};

function doubtIn({ file, pin, ceiling }: Said): Doubt {
  return { source: word(`\`${file}\``), version: pin?.version, ceiling };
}

/** A `config.json` beside a local model wins over the table. */
function resolveModel(text: string, access: FileAccess): ModelRef {
  if (looksLocal(text)) {
    const config = access.text(`${text.replace(/(?<!\/)\/+$/, '')}/config.json`);
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
