/** Numbers that rules may ask for. Each is computed once for a run, when first asked. */
export interface RuleContext {
  /** Memory of the run, or `undefined` when the model's dimensions are not known. */
  estimate(): unknown;
}
