import { type Bytes, bytes } from '../run/units.ts';
import type { Component, ComponentShare, Estimate, Interval } from './result.ts';
import type { EstimateSpec } from './spec.ts';
import { closedForm } from './terms/closed-form.ts';

/** The memory that `spec` needs on one GPU: peak, where it happens, and how sure that is. */
export function estimate(spec: EstimateSpec): Estimate {
  const form = closedForm(spec);
  const peak = bytes(Math.round(form.peak));
  const reserved = bytes(Math.round(form.peak * 1.05));
  const context = bytes(spec.platform.contextBytes);
  const components: ComponentShare[] = [];
  const add = (component: Component, n: number): void => {
    if (n > 0) components.push({ component, bytes: bytes(Math.round(n)) });
  };
  add('weights', form.weights);
  add('gradients', form.gradients);
  add('optimizer states', form.states);
  add('activations', form.activations);
  add('logits', form.logits);
  return {
    peakAllocated: around(peak, 0.1),
    peakReserved: around(reserved, 0.15),
    device: around(bytes(reserved + context), 0.15),
    context,
    components: components.sort((a, b) => b.bytes - a.bytes),
    peakPhase: 'backward',
    peakOp: '',
    timeline: [],
    closedForm: peak,
    totalParams: form.total,
    trainableParams: form.trainable,
    assumptions: [],
    widened: [],
  };
}

function around(b: Bytes, by: number): Interval {
  return {
    low: bytes(Math.round(b * (1 - by))),
    expected: b,
    high: bytes(Math.round(b * (1 + by))),
  };
}
