import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import { diagnose } from '../../packages/core/src/diagnose/run.ts';
import { run } from '../../scripts/servers/process.ts';
import { testHost } from '../support/host.ts';
import { describeReal } from './support.ts';

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly responseStatus?: { readonly code?: number };
  readonly responseObject?: { readonly kind?: string };
}

describeReal(['kubernetes'], 'secrets on the wire, by the audit log of the API server', ({ kubernetes }) => {
  const eventsOf = (agent: RegExp): AuditEvent[] =>
    readFileSync(kubernetes.auditLog, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter((event) => agent.test(event.userAgent ?? ''));

  it('diagnose asks for no value of a Secret and is sent none', async () => {
    // Other suites ask this server too, and a rotation has to carry values.
    const before = eventsOf(/^agentops/).length;
    const config = configSchema.parse({ kubernetes: { kubeconfig: kubernetes.kubeconfig } });
    const report = await diagnose(config, testHost({ now: Date.now() }), { version: 'test' });
    expect(
      report.categories.find(({ id }) => id === 'secret-age')?.checks.find(({ id }) => id === 'secret-age/kubernetes')?.examined?.count,
    ).toBeGreaterThan(0);
    const events = eventsOf(/^agentops/).slice(before);
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) {
      expect(event.verb).toBe('list');
      expect(JSON.stringify(event)).not.toMatch(/"(data|stringData)":\{/);
    }
    const answered = events.filter((event) => event.responseStatus?.code === 200);
    expect(answered.length).toBeGreaterThan(0);
    for (const event of answered) expect(['Table', 'PartialObjectMetadataList']).toContain(event.responseObject?.kind);
  });

  it('and the log would show a value: kubectl get -o yaml is seen with it', async () => {
    await run(kubernetes.kubectl, ['--kubeconfig', kubernetes.kubeconfig, '-n', 'agents', 'get', 'secrets', '-o', 'yaml']);
    const shown = eventsOf(/^kubectl/).map((event) => JSON.stringify(event.responseObject));
    expect(shown.some((text) => /"data":\{/.test(text))).toBe(true);
  });
});
