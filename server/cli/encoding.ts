import { isUtf8 } from 'node:buffer';

/** The text of a file, and what is needed to write it back byte for byte. */
export interface Decoded {
  /** Without the byte order mark: offsets of findings count from here. */
  readonly text: string;
  /** UTF-16 units that the file has in front of `text`: 1 with a byte order mark. */
  readonly bom: 0 | 1;
  /**
   * Latin-1 stands for every 8-bit encoding: each byte keeps its value. UTF-16, which PowerShell 5 writes
   * logs in, is told by its byte order mark.
   */
  readonly encoding: 'utf8' | 'latin1' | 'utf16le' | 'utf16be';
}

const BOM = '\u{feff}';

/** Decodes a file; `undefined` when it is not text (it holds a NUL byte). */
export function decode(data: Buffer): Decoded | undefined {
  const wide = data.length % 2 === 0 ? wideText(data) : undefined;
  if (wide !== undefined) return wide.text.includes('\0') ? undefined : wide;
  if (data.subarray(0, 65_536).includes(0)) return undefined;
  const encoding = isUtf8(data) ? 'utf8' : 'latin1';
  const text = data.toString(encoding);
  return text.startsWith(BOM)
    ? { text: text.slice(1), bom: 1, encoding }
    : { text, bom: 0, encoding };
}

function wideText(data: Buffer): Decoded | undefined {
  const mark = data.subarray(0, 2).toString('hex');
  const encoding = { fffe: 'utf16le', feff: 'utf16be' }[mark];
  if (encoding !== 'utf16le' && encoding !== 'utf16be') return undefined;
  const body = data.subarray(2);
  const little = encoding === 'utf16le' ? body : Buffer.from(body).swap16();
  return { text: little.toString('utf16le'), bom: 1, encoding };
}

/** The bytes of `text`, in the encoding it was read in. */
export function encode(text: string, as: Pick<Decoded, 'bom' | 'encoding'>): Buffer {
  const { bom, encoding } = as;
  const whole = bom === 1 ? BOM + text : text;
  if (encoding === 'utf16be') return Buffer.from(whole, 'utf16le').swap16();
  return Buffer.from(whole, encoding);
}
