import { decoder } from './decoder.ts';
import { type EncoderDecoderPlan, encoderDecoder } from './encoder-decoder.ts';
import { crossEntropy } from './ops/ends.ts';
import type { DecoderPlan } from './plan.ts';
import { type Observation, type Observer, type Policy, Tape, type Tuner } from './tape.ts';
import { type WeightSource, Weights } from './weights.ts';

/** One sequence: every token is followed by the next; the last has no label. */
export interface StepInput {
  readonly plan: DecoderPlan | EncoderDecoderPlan;
  readonly policy: Policy;
  readonly source: WeightSource;
  readonly tokens: readonly number[];
  readonly tune?: Tuner;
  /** Whether every layer uses the same weights. */
  readonly shareLayers?: boolean;
}

/** Where a value first stopped being finite. */
export interface NonFinite {
  readonly op: string;
  readonly layer: number | undefined;
  readonly kind: Observation['kind'];
}

/** What a forward and a backward pass gave. The weights hold the (still scaled) gradients. */
export interface StepOutcome {
  readonly loss: number;
  readonly firstForward: NonFinite | undefined;
  readonly firstBackward: NonFinite | undefined;
  readonly weights: Weights;
}

/** Runs one forward and backward pass with every rounding point, telling `observer` each result. */
export function runStep(input: StepInput, observer: Observer = () => undefined): StepOutcome {
  const { plan, policy, source, tokens } = input;
  let firstForward: NonFinite | undefined;
  let firstBackward: NonFinite | undefined;
  const watch: Observer = (seen) => {
    if (!seen.rounding.finite) {
      const { op, layer, kind } = seen;
      if (kind === 'forward') firstForward ??= { op, layer, kind };
      else firstBackward ??= { op, layer, kind };
    }
    observer(seen);
  };
  const tape = new Tape(policy, watch, input.tune);
  const weights = new Weights(source, policy.weights, policy.compute, input.shareLayers);
  const logits =
    'encoderLayers' in plan
      ? encoderDecoder(tape, plan, weights, tokens)
      : decoder(tape, plan, weights, tokens);
  const labels = tokens.map((_, t) => tokens[t + 1]);
  const loss = crossEntropy(tape, logits, labels);
  tape.backward();
  return { loss, firstForward, firstBackward, weights };
}
