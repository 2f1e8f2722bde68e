import type { Unavailable } from '../../model/evidence.ts';
import type { PrometheusClient } from './client.ts';
import { selectNames } from './expression.ts';

/** Which of some metrics have samples between two instants (ms): a gateway that is gone since noon has still spent this morning. */
export async function presentNames(
  client: PrometheusClient,
  candidates: readonly string[],
  start: number,
  end: number,
): Promise<ReadonlySet<string> | Unavailable> {
  const match = selectNames(candidates.join('|'), client.selector);
  const parameters = new URLSearchParams({ 'match[]': match, start: String(start / 1000), end: String(end / 1000) });
  const answered = await client.get(`/api/v1/label/__name__/values?${parameters}`);
  if (answered.ok && Array.isArray(answered.data)) return new Set(answered.data.filter((name) => typeof name === 'string'));
  // Not every back end knows `match[]` there; what exists at the end is the next best.
  const now = await client.vector(`group by (__name__) (${match})`, end);
  return now.ok ? new Set(now.data.map(({ labels }) => labels.__name__ ?? '')) : now;
}
