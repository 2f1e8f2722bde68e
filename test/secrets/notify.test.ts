import { describe, expect, it, onTestFinished } from 'vitest';
import { webhookNotifier } from '../../packages/core/src/secrets/notify.ts';
import { startFault } from '../support/fault-server.ts';
import { testGatherContext, testHost } from '../support/host.ts';
import { startReceiver } from '../support/http-receiver.ts';

const message = { secret: 'db', outcome: 'rolled-back', detail: 'Deployment agents/code-gen did not become ready' };

async function notify(url: string, context = testGatherContext()): Promise<string[]> {
  const warnings: string[] = [];
  const host = testHost({ log: { debug: () => undefined, warn: (text) => warnings.push(text) } });
  await webhookNotifier({ url, headers: { 'X-Key': 'CANARY-header' } }, host).notify(message, context);
  return warnings;
}

describe('webhookNotifier', () => {
  it('sends what chat systems show, and the parts', async () => {
    const { url, received } = await startReceiver(200);
    expect(await notify(`${url}/services/CANARY-path`)).toEqual([]);
    expect(received).toMatchObject([{ method: 'POST', path: '/services/CANARY-path', headers: { 'x-key': 'CANARY-header' } }]);
    expect(received[0]?.body).toEqual({ ...message, text: 'agentops: db: rolled-back: Deployment agents/code-gen did not become ready' });
  });

  it('also when the time of the run is over', async () => {
    const { url, received } = await startReceiver(200);
    const over = { ...testGatherContext(0), signal: AbortSignal.abort() };
    expect(await notify(url, over)).toEqual([]);
    expect(received).toHaveLength(1);
  });

  it('a failure is a warning that shows the host alone', async () => {
    const { url } = await startReceiver(404);
    expect(await notify(`${url}/services/CANARY-path?x=CANARY`)).toEqual([`db: nobody was told at ${url}: answers 404`]);
  });

  it('nobody there is a warning, too', async () => {
    const server = await startFault('refused');
    onTestFinished(() => server.close());
    expect(await notify(server.url)).toEqual([`db: nobody was told at ${server.url}: connection refused`]);
  });
});
