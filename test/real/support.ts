import { describe, inject, it } from 'vitest';
import type { ServerName, Servers } from '../../scripts/servers/state.ts';

type Present<N extends ServerName> = { readonly [K in N]: NonNullable<Servers[K]> };

/**
 * A suite against real servers. Where one of them is not running the suite is
 * one failing test that says `not run: NAME`: missing is never silently green.
 */
export function describeReal<N extends ServerName>(names: readonly N[], title: string, body: (servers: Present<N>) => void): void {
  const { servers, failed } = inject('servers');
  const missing = names.filter((name) => servers[name] === undefined);
  describe(title, () => {
    if (missing.length === 0) {
      body(servers as Present<N>);
      return;
    }
    it(`not run: ${missing.join(', ')}`, () => {
      throw new Error(missing.map((name) => `not run: ${name}: ${failed[name] ?? 'was not started'}`).join('\n'));
    });
  });
}
