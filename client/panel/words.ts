/** The texts that the page's script needs, in the user's language; the page carries them. */
export interface Words {
  readonly fits: string;
  readonly tight: string;
  readonly unlikely: string;
  readonly 'does-not-fit': string;
  /** `{0}`: the need, `{1}`: the card's memory, `{2}`: the card. */
  readonly needOf: string;
  readonly range: string;
  readonly more: string;
  readonly less: string;
  readonly peak: string;
  readonly refused: string;
  /** `{0}`: the card. */
  readonly onlyTried: string;
  /** The line of all that is held; `{0}`: bytes. */
  readonly whole: string;
  /** `{0}`: all, `{1}`: tensors, `{2}`: the allocator's rest, `{3}`: the CUDA context. */
  readonly whatIsDrawn: string;
  /** `{0}`: micro batches drawn, `{1}`: those of a step. */
  readonly microSteps: string;
  readonly phasesOnly: string;
  readonly step: string;
  readonly load: string;
  readonly moment: string;
  readonly layer: string;
  readonly room: string;
  readonly roomIn: string;
  readonly past: string;
  readonly published: string;
  readonly derived: string;
  readonly source: string;
}

/** Puts values into `{0}`, `{1}`. */
export function fill(text: string, ...values: readonly (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (hole, index) => String(values[Number(index)] ?? hole));
}
