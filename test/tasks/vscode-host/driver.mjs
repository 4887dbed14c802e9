// A program in place of the driver's own.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const CARDS = ['NVIDIA GeForce RTX 4090', 'NVIDIA GeForce RTX 4090'];

/**
 * Makes an `nvidia-smi` that names two cards and leaves a trace when it is run, and hands `use` the
 * environment that has it and whether it was run.
 */
export async function withDriver(use) {
  const folder = mkdtempSync(path.join(tmpdir(), 'tl-driver-'));
  const trace = path.join(folder, 'asked');
  const lines = ['#!/bin/sh', `: > "${trace}"`, ...CARDS.map((name) => `echo "${name}"`)];
  writeFileSync(path.join(folder, 'nvidia-smi'), `${lines.join('\n')}\n`, { mode: 0o755 });
  try {
    const env = { PATH: `${folder}${path.delimiter}${process.env.PATH}` };
    return await use({ env, wasAsked: () => existsSync(trace) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
