/** The texts that the page's script needs, in the user's language; the page carries them. */
export interface Words {
  readonly fits: string;
  readonly tight: string;
  readonly unlikely: string;
  readonly 'does-not-fit': string;
  /** What is judged behind the verdict. */
  readonly judged: string;
  /** `{0}`: the need, `{1}`: the card's memory, `{2}`: the card. */
  readonly needOf: string;
  /** `{0}`: the need, from `{1}` to `{2}`. */
  readonly range: string;
  /** One behind the other. */
  readonly also: string;
  /** One sentence behind the other. */
  readonly sentences: string;
  readonly more: string;
  readonly less: string;
  readonly peak: string;
  readonly refused: string;
  /** `{0}`: what the finding would say. */
  readonly error: string;
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
  readonly evaluation: string;
  readonly moment: string;
  readonly layer: string;
  /** `{0}`: the layer, `{1}`: its largest magnitude, `{2}`: the room, `{3}`: where, `{4}`: by whom. */
  readonly layerSays: string;
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

/** Several texts, each put behind those before it by `{0}` and `{1}` of a text. */
export function chained(text: string, parts: readonly string[]): string {
  const [first = '', ...rest] = parts;
  return rest.reduce((before, next) => fill(text, before, next), first);
}
