/** Written by the bundler from the adapters of the core, so that the client need not hold them. */
declare module 'tunelint:evidence' {
  /** A text may be a training config when every pattern of one of the lists is found in it. */
  export const evidence: readonly (readonly RegExp[])[];
}
