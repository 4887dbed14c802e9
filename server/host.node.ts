// `promises` is loaded when it is first used, which is later than the start.
import { existsSync, opendirSync, promises, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Beside } from './beside.ts';
import type { Host, HostMemory, Listed } from './host.ts';
import { lineStore } from './line-store.ts';

/** The text of a file. Most of those asked for are not there: that is told without waiting for the disk. */
async function readBounded(path: string, maxBytes: number): Promise<string | undefined> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile() || stat.size > maxBytes) return undefined;
  const data = await promises.readFile(path);
  // PowerShell 5 writes so what a command prints.
  const text = data[0] === 0xff && data[1] === 0xfe ? data.toString('utf16le', 2) : data.toString();
  return text.length > maxBytes || text.includes('\0') ? undefined : text;
}

/** A folder may hold a data set: no more of its entries are looked at. */
const MOST_ENTRIES = 4096;

/** At once, like what is not there: what Node needs to wait for a disk takes longer to load. */
function listBounded(
  folder: string,
  passes: (name: string) => boolean,
  most: number,
): readonly (Omit<Listed, 'uri'> & { readonly name: string })[] {
  return namesIn(folder)
    .filter(passes)
    .sort()
    .slice(0, most)
    .flatMap((name) => {
      const stat = statSync(path.join(folder, name), { throwIfNoEntry: false });
      return stat?.isFile() ? [{ name, bytes: stat.size, written: stat.mtimeMs }] : [];
    });
}

/** The files of a folder, none where there is none. */
function namesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names: string[] = [];
  const entries = opendirSync(folder);
  try {
    for (let left = MOST_ENTRIES; left > 0; left--) {
      const entry = entries.readSync();
      if (entry === null) break;
      if (!entry.isDirectory()) names.push(entry.name);
    }
  } finally {
    entries.closeSync();
  }
  return names;
}

/** The folder of the rules' pages beside the bundle. */
function pagesBeside(bundle: string): { pages: string } | undefined {
  const folder = path.join(bundle, 'rules');
  return existsSync(folder) ? { pages: pathToFileURL(folder).href } : undefined;
}

/** Those of the files of a session, and of the searches for what fits. */
const MOST_ESTIMATES = 96;
const MOST_FILES = 48;

/** Loads the library when it is first needed, which is later than the start. */
function digest(text: string): string {
  const { createHash }: typeof import('node:crypto') = require('node:crypto');
  return createHash('sha256').update(text).digest('base64');
}

/** What is kept beside the bundle. */
function memoryBeside(bundle: string): HostMemory {
  return {
    played: lineStore(new Beside(bundle, 'estimates'), MOST_ESTIMATES),
    findings: lineStore(new Beside(bundle, 'findings'), MOST_FILES),
    digest,
  };
}

/** Reads `file:` URIs from the disk; asks `fallback`, the client, for any other scheme. */
export function nodeHost(bundle: string, fallback: Pick<Host, 'read' | 'exists'>): Host {
  return {
    platform: 'node',
    ...pagesBeside(bundle),
    memory: memoryBeside(path.join(bundle, 'server.core.js')),
    home: pathToFileURL(homedir()).href,
    async read(uri, maxBytes) {
      try {
        if (!uri.startsWith('file:')) return await fallback.read(uri, maxBytes);
        return await readBounded(fileURLToPath(uri), maxBytes);
      } catch {
        return undefined; // missing, a folder, no permission: the analysis goes on without it
      }
    },
    async list(folder, passes, most) {
      try {
        if (!folder.startsWith('file:')) return [];
        const found = listBounded(fileURLToPath(folder), passes, most);
        return found.map(({ name, ...file }) => ({
          uri: `${folder}/${encodeURIComponent(name)}`,
          ...file,
        }));
      } catch {
        return []; // missing, or no permission
      }
    },
    async exists(uri) {
      if (!uri.startsWith('file:')) return fallback.exists(uri);
      return existsSync(fileURLToPath(uri));
    },
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
  };
}
