import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { main } from '../../server/cli/main.ts';
import { playedStore } from '../../server/cli/played.ts';
import type { Threads } from '../../server/cli/threads.ts';

/** What one command line did. */
export interface Done {
  readonly code: number;
  readonly out: string;
  readonly outBytes: Buffer;
  readonly err: string;
}

/** What a command finds around it. */
export interface Around {
  readonly cwd?: string;
  readonly stdin?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly threads?: Threads;
}

/** The commands of a test file share what runs need, as those of one installation do. */
const played = playedStore();

/** Runs `tunelint` with these words, without a process. */
export async function tunelint(argv: readonly string[], around: Around = {}): Promise<Done> {
  const out: Buffer[] = [];
  const err: string[] = [];
  const { stdin } = around;
  const code = await main(argv, {
    out: (text) => void out.push(Buffer.from(text)),
    err: (text) => void err.push(text),
    readStdin: () => Buffer.from(stdin ?? ''),
    cwd: around.cwd ?? process.cwd(),
    env: around.env ?? {},
    isTerminal: around.columns !== undefined,
    played,
    ...(around.columns === undefined ? {} : { columns: around.columns }),
    ...(around.threads === undefined ? {} : { threads: around.threads }),
  });
  const outBytes = Buffer.concat(out);
  return { code, out: outBytes.toString(), outBytes, err: err.join('') };
}

/** A folder with these files, removed when the test ends. */
export function folderWith(
  context: TestContext,
  files: Readonly<Record<string, string | Buffer>>,
): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'tunelint-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return folder;
}

/** A run with one error: the value `float16`, on a model that overflows in it. */
export const BAD = [
  '#!/bin/bash',
  'CUDA_VISIBLE_DEVICES=0 swift sft \\',
  '  --model Qwen/Qwen2.5-7B-Instruct \\',
  '  --tuner_type lora \\',
  '  --torch_dtype float16 \\',
  '  --attn_impl eager \\',
  '  --dataset x.json',
  '',
].join('\n');

/** The same without. */
export const GOOD = BAD.replace('float16', 'bfloat16');
