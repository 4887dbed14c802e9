/** What the memory panel asks for and gets; shared by server, client and the panel's own page. */

/** Client to server: the numbers of one run, with changes tried on it. */
export const PANEL = 'tunelint/panel';
/** Client to server: writes the changes into the files, as one edit. */
export const PANEL_APPLY = 'tunelint/panelApply';

/** Values to try instead of those written; what is absent stays as it is. */
export interface WhatIf {
  readonly microBatch?: number;
  readonly gradientAccumulation?: number;
  readonly maxLength?: number;
  readonly loraRank?: number;
  readonly gradientCheckpointing?: boolean;
  readonly optimizer?: string;
  readonly quantization?: 'none' | 'nf4';
  /** A card of the table; it is tried only, the files do not name it. */
  readonly gpu?: string;
}

export interface PanelParams {
  readonly uri: string;
  /** Which run of the document, from 0. */
  readonly run: number;
  readonly changes: WhatIf;
}

/** A share of the peak. */
export interface PanelShare {
  readonly name: string;
  readonly bytes: number;
}

/** The largest magnitude of one layer in an emulated step with published magnitudes planted. */
export interface PanelLayer {
  readonly layer: number;
  /** In words: `the residual stream`. */
  readonly op: string;
  readonly max: number;
  /** How often it may double before the format ends; negative past it. */
  readonly doublings: number;
  /** Whether the figure itself is published; else it follows from others. */
  readonly published: boolean;
}

/** What is known of the range that the run's numbers take. */
export interface PanelNumbers {
  readonly verdict: 'overflow' | 'near' | 'fine' | 'unknown';
  /** The verdict in a sentence: which op leaves the format, or how much of the range is taken. */
  readonly says: string;
  readonly format: string;
  /** The format's largest finite value. */
  readonly limit: number;
  /** Empty when nothing is published to emulate from. */
  readonly layers: readonly PanelLayer[];
  readonly source?: string;
  readonly notes: readonly string[];
}

/** What a moment behind the two steps has for its step. */
export const EVALUATION = 3;

/** A moment of the two steps, or of an evaluation behind them. */
export interface PanelSample {
  /** Which of the two steps, from 1; 0 while the model loads, `EVALUATION` behind them. */
  readonly step: number;
  /** `backward, layer 12`. */
  readonly label: string;
  /** Bytes in the order of `PanelData.series.names`. */
  readonly held: readonly number[];
}

/** Memory over loading and two steps, as tensors take it. */
export interface PanelSeries {
  readonly names: readonly string[];
  readonly samples: readonly PanelSample[];
  /** Each sample is the highest moment of a phase, and nothing is known between them. */
  readonly phases: boolean;
  /** What `need` counts beside tensors: the CUDA context all the time, the allocator's rest at most. */
  readonly context: PanelShare;
  readonly kept: PanelShare;
  /** Micro batches that each step is drawn with, and that it has. */
  readonly micro: { readonly drawn: number; readonly all: number };
}

export interface PanelData {
  readonly title: string;
  /** Bytes of the card, absent when none is chosen. */
  readonly memory?: number;
  readonly gpu?: string;
  readonly verdict?: 'fits' | 'tight' | 'unlikely' | 'does-not-fit';
  /** What nvidia-smi would show, bytes. */
  readonly need: { readonly low: number; readonly expected: number; readonly high: number };
  /** The same of the run as it is written, bytes. */
  readonly writtenNeed: number;
  readonly peak: string;
  readonly components: readonly PanelShare[];
  readonly series: PanelSeries;
  /** Values in force, with the changes; a value the text does not tell is absent. */
  readonly values: WhatIf;
  /** What the run's framework cannot be told, or what changes nothing. */
  readonly refused: readonly (keyof WhatIf)[];
  /** What would be an error with the changes and is none without them. */
  readonly errors: readonly string[];
  /** Whether there is something to write. */
  readonly writable: boolean;
  /** `null`: the model or the compute dtype is not known. */
  readonly numbers: PanelNumbers | null;
  readonly assumptions: readonly string[];
  readonly cards: readonly string[];
}

/** In place of the numbers, for a run that has none. */
export interface PanelWithout {
  /** Why it is not judged, in the user's language. */
  readonly why: string;
}

/** `null`: the document is not open, or has no such run. */
export type PanelAnswer = PanelData | PanelWithout | null;
