declare const unit: unique symbol;

/** A number of bytes. */
export type Bytes = number & { readonly [unit]: 'bytes' };

/** Tags a plain number as bytes. */
export const bytes = (n: number): Bytes => n as Bytes;

/** Bytes of so many GiB (2^30). */
export const gib = (n: number): Bytes => bytes(n * 2 ** 30);

/** Bytes of so many MiB (2^20). */
export const mib = (n: number): Bytes => bytes(n * 2 ** 20);

/** GiB (2^30) in so many bytes. */
export const inGib = (b: Bytes): number => b / 2 ** 30;

/** `24.0`: GiB with one digit behind the point, where a need stands beside what a card has. */
export function gibibytes(b: number): string {
  return (b / 2 ** 30).toFixed(1);
}

/** `14.2 GiB`, `80.7 MiB`, `512 B`: three significant digits, binary units. */
export function formatBytes(b: Bytes): string {
  const size = Math.abs(b);
  if (size >= 2 ** 30) return `${digits(b / 2 ** 30)} GiB`;
  if (size >= 2 ** 20) return `${digits(b / 2 ** 20)} MiB`;
  if (size >= 2 ** 10) return `${digits(b / 2 ** 10)} KiB`;
  return `${b} B`;
}

function digits(n: number): string {
  const size = Math.abs(n);
  return n.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** `7,615,616,512`: groups of three, for counts. */
export function formatCount(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `7.6 B`, `494 M`: a parameter count in a few characters. */
export function formatParams(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(n >= 1e11 ? 0 : 1)} B`;
  if (n >= 1e6) return `${(n / 1e6).toFixed(0)} M`;
  return formatCount(n);
}
