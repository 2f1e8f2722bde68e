import { ascendingNaNLast, descendingNaNLast } from './numbers.ts';
import type { VectorElement } from './rows.ts';

/**
 * The k highest (or lowest) elements, best first, NaN last. A heap with the sift rules of Go's container/heap, so that
 * of equal elements the same ones stay as in Prometheus.
 */
export function topk(elements: readonly VectorElement[], k: number, highest: boolean): VectorElement[] {
  const heap: VectorElement[] = [];
  const valueAt = (index: number): number => heap[index]?.value ?? Number.NaN;
  const worse = (a: number, b: number): boolean => Number.isNaN(a) || (highest ? a < b : a > b);
  const swap = (i: number, j: number): void => {
    const [a, b] = [heap[i], heap[j]];
    if (a && b) {
      heap[i] = b;
      heap[j] = a;
    }
  };
  const up = (start: number): void => {
    for (let child = start; ; ) {
      const parent = Math.trunc((child - 1) / 2);
      if (parent === child || !worse(valueAt(child), valueAt(parent))) return;
      swap(parent, child);
      child = parent;
    }
  };
  const pop = (): void => {
    const end = heap.length - 1;
    swap(0, end);
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      if (left >= end) break;
      const child = left + 1 < end && worse(valueAt(left + 1), valueAt(left)) ? left + 1 : left;
      if (!worse(valueAt(child), valueAt(parent))) break;
      swap(parent, child);
      parent = child;
    }
    heap.pop();
  };
  for (const element of elements) {
    const better = highest ? valueAt(0) < element.value : valueAt(0) > element.value;
    if (heap.length >= k && !better && !Number.isNaN(valueAt(0))) continue;
    if (heap.length === k && k === 1) {
      heap[0] = element;
      continue;
    }
    if (heap.length === k) pop();
    heap.push(element);
    up(heap.length - 1);
  }
  const order = highest ? descendingNaNLast : ascendingNaNLast;
  return heap.sort((a, b) => order(a.value, b.value));
}
