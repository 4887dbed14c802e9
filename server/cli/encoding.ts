import { isUtf8 } from 'node:buffer';

/** The text of a file, and what is needed to write it back byte for byte. */
export interface Decoded {
  /** Without the byte order mark: offsets of findings count from here. */
  readonly text: string;
  /** UTF-16 units that the file has in front of `text`: 1 with a byte order mark. */
  readonly bom: 0 | 1;
  /** Latin-1 stands for every 8-bit encoding: each byte keeps its value. */
  readonly encoding: 'utf8' | 'latin1';
}

const BOM = '\u{feff}';

/** Decodes a file; `undefined` when it is not text (it holds a NUL byte). */
export function decode(data: Buffer): Decoded | undefined {
  if (data.subarray(0, 65_536).includes(0)) return undefined;
  const encoding = isUtf8(data) ? 'utf8' : 'latin1';
  const text = data.toString(encoding);
  return text.startsWith(BOM)
    ? { text: text.slice(1), bom: 1, encoding }
    : { text, bom: 0, encoding };
}

/** The bytes of `text`, in the encoding it was read in. */
export function encode(text: string, as: Pick<Decoded, 'bom' | 'encoding'>): Buffer {
  return Buffer.from(as.bom === 1 ? BOM + text : text, as.encoding);
}
