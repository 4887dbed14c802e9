import { readFileSync } from 'node:fs';
import path from 'node:path';
import { rules } from '../../src-core/index.ts';

/** What the commands need of package.json. */
export interface PackageInfo {
  /** The folder that holds it. */
  readonly root: string;
  readonly version: string;
  readonly homepage?: string;
}

let info: PackageInfo | undefined;

/** Reads package.json, from the bundle in `dist/` as from the sources. */
export function packageInfo(): PackageInfo {
  info ??= findPackage(__dirname);
  return info;
}

function findPackage(folder: string): PackageInfo {
  const found = readPackage(folder);
  if (found !== undefined) return found;
  const above = path.dirname(folder);
  return above === folder ? { root: folder, version: '0.0.0' } : findPackage(above);
}

function readPackage(root: string): PackageInfo | undefined {
  const text = readText(path.join(root, 'package.json'));
  if (text === undefined) return undefined;
  const data: unknown = JSON.parse(text);
  if (typeof data !== 'object' || data === null) return undefined;
  if (!('name' in data) || data.name !== 'tunelint' || !('version' in data)) return undefined;
  const version = String(data.version);
  const hasHome = 'homepage' in data && typeof data.homepage === 'string';
  return hasHome ? { root, version, homepage: String(data.homepage) } : { root, version };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The page of a rule as Markdown: it stands beside the rule. */
export function rulePage(id: string): string | undefined {
  const rule = rules.find((one) => one.id === id);
  if (rule === undefined) return undefined;
  const { root } = packageInfo();
  return (
    readText(path.join(root, 'dist', 'rules', `${id}.md`)) ??
    readText(path.join(root, 'src-core', 'rules', rule.group, `${id}.md`))
  );
}

/** The address of a rule's page, when the project has a home page. */
export function rulePageUri(id: string): string | undefined {
  const group = rules.find((rule) => rule.id === id)?.group;
  const home = packageInfo().homepage?.replace(/#.*$/, '');
  if (home === undefined || group === undefined) return undefined;
  return `${home}/blob/main/src-core/rules/${group}/${id}.md`;
}
