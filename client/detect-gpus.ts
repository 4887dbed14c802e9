import { execFile } from 'node:child_process';

const QUERY = ['--query-gpu=name', '--format=csv,noheader'];

/** Names of the machine's cards as nvidia-smi prints them; none where it is missing or silent. */
export function detectGpus(): Promise<readonly string[]> {
  return new Promise((resolve) => {
    execFile('nvidia-smi', QUERY, { timeout: 3000, windowsHide: true }, (error, output) => {
      const names = error === null ? output.split('\n').map((name) => name.trim()) : [];
      resolve(names.filter((name) => name !== ''));
    });
  });
}
