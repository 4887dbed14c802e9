// Proves the rounding of every float format over all 2^32 float32 inputs.
//
//   npm run verify:formats            all of it (some minutes)
//   npm run verify:formats -- fp16    one format, by name
//
// Two proofs. (1) By definition: walking the inputs upward, each result must be the nearest value
// of the format, the even code on a tie. (2) Against torch 2.13: SHA-256 of the 2^32 output codes
// in the order of the input bits (NaN as one code) for the four formats that torch casts to.

import { createHash } from 'node:crypto';
import { type FloatFormat, floatFormats } from '../../src-core/probe/formats.ts';
import { codeOf, finiteValues } from '../probe/codes.ts';

const torchHashes: Record<string, string> = {
  fp16: 'de348ec42e6e41f594856c0561c61eb3f899d993742fef8e14581e878547f48c',
  bf16: '7cad0241e73aae46d24638fd553c6a1459c90101d504cbca8d75938b78daabf3',
  'E4M3 saturate': '9d7653f5afbe9034906208b15d2b1e9e21a762aeee82e64f569003902ccfb150',
  E5M2: '90cf5f0c927c22f532215b823afade32c59112ec7c80de2f5169efa46b5237af',
};

const chunk = 1 << 20;
const words = new Uint32Array(chunk);
const floats = new Float32Array(words.buffer);

function label(format: FloatFormat): string {
  return format.name === 'E4M3' ? `E4M3 ${format.overflow}` : format.name;
}

/** Calls `visit` with every float32, in the order of its bits, a chunk at a time. */
function everyFloat(visit: (inputs: Float32Array) => void): void {
  for (let start = 0; start < 2 ** 32; start += chunk) {
    for (let i = 0; i < chunk; i++) words[i] = start + i;
    visit(floats);
  }
}

function proveByDefinition(format: FloatFormat): number {
  if (format.mantissaBits === 23) return provesItself(format);
  const values = finiteValues(format);
  const beyond =
    format.overflow === 'infinity' ? Infinity : format.overflow === 'nan' ? Number.NaN : format.max;
  let wrong = 0;
  let at = 0;
  everyFloat((inputs) => {
    for (let i = 0; i < chunk; i++) {
      const x = inputs[i] ?? 0;
      const size = Math.abs(x);
      if (size === 0) at = 0;
      let expected = Number.NaN;
      if (size >= format.overflowsFrom) expected = beyond;
      else if (!Number.isNaN(size)) {
        while (at + 1 < values.length && passes(values, at, size)) at++;
        expected = values[at] ?? format.max;
      }
      if (!Object.is(format.round(x), sign(x) * expected)) wrong++;
    }
  });
  return wrong;
}

/** Whether `size` is nearer to the value after `at`, or as near and that value's code is even. */
function passes(values: Float64Array, at: number, size: number): boolean {
  const middle = ((values[at] ?? 0) + (values[at + 1] ?? 0)) / 2;
  return size > middle || (size === middle && at % 2 === 1);
}

function sign(x: number): number {
  return x < 0 || Object.is(x, -0) ? -1 : 1;
}

function provesItself(format: FloatFormat): number {
  let wrong = 0;
  everyFloat((inputs) => {
    for (const x of inputs) if (!Object.is(format.round(x), x)) wrong++;
  });
  return wrong;
}

function hashOfCodes(format: FloatFormat): string {
  const hash = createHash('sha256');
  const codes = format.bits === 8 ? new Uint8Array(chunk) : new Uint16Array(chunk);
  everyFloat((inputs) => {
    for (let i = 0; i < chunk; i++) codes[i] = codeOf(format, format.round(inputs[i] ?? 0));
    hash.update(codes);
  });
  return hash.digest('hex');
}

const wanted = process.argv.slice(2);
let failed = false;
for (const format of floatFormats) {
  if (wanted.length > 0 && !wanted.includes(format.name)) continue;
  const wrong = proveByDefinition(format);
  const expected = torchHashes[label(format)];
  const hash = expected === undefined ? undefined : hashOfCodes(format);
  const torch = hash === undefined ? 'no torch hash' : hash === expected ? 'equals torch' : hash;
  if (wrong > 0 || hash !== expected) failed = true;
  console.log(`${label(format)}: ${wrong} of 2^32 differ from the definition, ${torch}`);
}
process.exit(failed ? 1 : 0);
