import type { Quantities } from '../../model/kubernetes.ts';
import { raw } from './raw.ts';

const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * A Kubernetes resource quantity in its base unit (cores, bytes, pieces):
 * `250m` → 0.25, `1Gi` → 1073741824, `1e3` → 1000. Undefined where it is none.
 * Grammar: k8s.io/apimachinery/pkg/api/resource. `E` alone is exa; `E` or `e`
 * before digits is an exponent.
 */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/.exec(value.trim());
  if (!match) return undefined;
  const [, digits = '', exponent, suffix = ''] = match;
  // Number() of the whole literal rounds once; digits × 1e-3 would round twice (0.1 + …).
  if (exponent !== undefined) return Number(`${digits}e${exponent}`);
  const factor = factors[suffix] ?? 1;
  return factor < 1 ? Number(digits) / Math.round(1 / factor) : Number(digits) * factor;
}

/** CPU and memory of a resource list; a missing or unreadable one is absent, not 0. */
export function quantities(value: unknown): Quantities {
  const list = raw(value);
  const cpu = parseQuantity(list.cpu);
  const memory = parseQuantity(list.memory);
  return { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
}
