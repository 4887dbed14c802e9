import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Host } from './host.ts';

async function readBounded(path: string, maxBytes: number): Promise<string | undefined> {
  const handle = await open(path, 'r');
  try {
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > maxBytes) return undefined;
    const text = await handle.readFile('utf8');
    return text.includes('\0') ? undefined : text;
  } finally {
    await handle.close();
  }
}

/** Reads `file:` URIs from the disk; asks `fallback` for any other scheme. */
export function nodeHost(
  fallback: (uri: string, maxBytes: number) => Promise<string | undefined>,
): Host {
  return {
    platform: 'node',
    async read(uri, maxBytes) {
      try {
        if (!uri.startsWith('file:')) return await fallback(uri, maxBytes);
        return await readBounded(fileURLToPath(uri), maxBytes);
      } catch {
        return undefined; // missing, a folder, no permission: the analysis goes on without it
      }
    },
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
  };
}
