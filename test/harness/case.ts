import path from 'node:path';
import type { Settings } from '../../src-core/settings.ts';
import { type Language, languageOf } from '../../src-core/text/source-file.ts';
import { type Block, fullTitle, type Section } from './markdown.ts';
import { type Stripped, stripRulers } from './rulers.ts';

/** A fenced block that is a file. */
export interface CaseFile extends Stripped {
  readonly name: string;
  readonly language: Language;
  readonly block: Block;
}

/** What a file becomes when its fixes are applied. */
export interface FixedFile extends CaseFile {
  /** The name of the file before. */
  readonly of: string;
  readonly allowed: 'safe' | 'unsafe';
}

/** Values of a run, to be compared line by line. */
export interface RunBlock {
  readonly of: string;
  /** Which run of the file, from 0. */
  readonly index: number;
  readonly block: Block;
}

/** The files of one section, and what is expected of them. */
export interface Case {
  readonly title: string;
  readonly line: number;
  readonly files: readonly CaseFile[];
  readonly fixed: readonly FixedFile[];
  readonly runs: readonly RunBlock[];
  readonly settings: Settings;
  /** A version without a framework. */
  readonly version?: string;
  /** Only these rules are looked at; all of them when empty. */
  readonly only: readonly string[];
}

const LANGUAGES: Readonly<Record<string, Language>> = {
  sh: 'shell',
  bash: 'shell',
  shell: 'shell',
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  jsonc: 'json',
  py: 'python',
  python: 'python',
  log: 'log',
};

const NAMES: Readonly<Record<Language, string>> = {
  shell: 'train.sh',
  yaml: 'train.yaml',
  json: 'config.json',
  python: 'train.py',
  log: 'train.log',
};

/** Reads a section as a case; `undefined` when it holds no file. */
export function caseOf(section: Section): Case | undefined {
  const files: CaseFile[] = [];
  const fixed: FixedFile[] = [];
  const runs: RunBlock[] = [];
  for (const block of section.blocks) {
    const last = files.at(-1);
    if (block.tag === 'run' && last !== undefined) {
      const index = runs.filter((run) => run.of === last.name).length;
      runs.push({ of: last.name, index, block });
    }
    const language = languageIn(block);
    if (language === undefined || block.words.includes('settings')) continue;
    const file = { ...stripRulers(block.text), language, block };
    if (block.words.includes('fixed') && last !== undefined) {
      const of = block.attributes.title ?? last.name;
      const allowed = block.words.includes('safe') ? 'safe' : 'unsafe';
      fixed.push({ ...file, name: of, of, allowed });
    } else files.push({ ...file, name: nameOf(block, language, files) });
  }
  if (files.length === 0) return undefined;
  return { title: fullTitle(section), line: section.line, files, fixed, runs, ...told(section) };
}

/** The language of a block: its tag's, or a log's when its title names one (`trainer_state.json`). */
function languageIn({ tag, attributes }: Block): Language | undefined {
  const isLog = attributes.title !== undefined && languageOf(attributes.title) === 'log';
  return Object.hasOwn(LANGUAGES, tag) && isLog ? 'log' : LANGUAGES[tag];
}

function nameOf(block: Block, language: Language, files: readonly CaseFile[]): string {
  const given = block.attributes.title ?? block.attributes.file;
  if (given !== undefined) return given;
  const taken = files.filter((file) => file.language === language).length;
  const { name, ext } = path.posix.parse(NAMES[language]);
  return taken === 0 ? NAMES[language] : `${name}-${taken + 1}${ext}`;
}

type Told = Pick<Case, 'settings' | 'version' | 'only'>;

/** Settings of a section: those of the headings above, then its own. */
function told(section: Section): Told {
  const above = section.parent === undefined ? { settings: {}, only: [] } : told(section.parent);
  return section.prose.reduce(takeLine, section.blocks.reduce(takeBlock, above));
}

function takeBlock(before: Told, block: Block): Told {
  if (!block.words.includes('settings')) return before;
  const given = JSON.parse(block.text);
  return { ...before, settings: { ...before.settings, ...given } };
}

function takeLine(before: Told, line: string): Told {
  const [, key = '', value = ''] =
    /^(gpu|gpus|framework|version|rules):\s+(.*?)\s*$/.exec(line) ?? [];
  const { settings } = before;
  if (key === 'gpu') return { ...before, settings: { ...settings, gpu: value } };
  if (key === 'gpus') return { ...before, settings: { ...settings, gpus: Number(value) } };
  if (key === 'framework') return { ...before, settings: { ...settings, framework: value } };
  if (key === 'rules') return { ...before, only: value.split(/[,\s]+/).filter(Boolean) };
  if (key !== 'version') return before;
  const [framework = '', version] = value.split('=');
  if (version === undefined) return { ...before, version: framework };
  const versions = { ...settings.versions, [framework]: version };
  return { ...before, settings: { ...settings, versions } };
}
