/** Put in by the bundler: the texts of the fixtures by their paths. */
declare module 'tunelint:fixtures' {
  export const fixtures: Readonly<Record<string, string>>;
}
