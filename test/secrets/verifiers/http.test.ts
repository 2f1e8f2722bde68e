import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { secretEntry } from '../../../packages/core/src/config/secrets.ts';
import type { Verifier } from '../../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { createVerifier } from '../../../packages/core/src/secrets/verifiers/create.ts';
import { type Fault, faults, startFault } from '../../support/fault-server.ts';
import { testGatherContext } from '../../support/host.ts';
import { startReceiver } from '../../support/http-receiver.ts';

const canary = 'CANARY-value-0123456789';

function verifier(url: string, more: object = {}): Verifier {
  const entry = secretEntry.parse({ name: 'key', vault: { mount: 'kv', path: 'key' }, verify: { type: 'http', url, ...more } });
  const made = createVerifier(entry);
  if (!made) throw new Error('no verifier');
  return made;
}

const credential = (text = canary) => ({ value: SecretValue.fromText(text), key: {} });

describe('the http verifier', () => {
  it.each([
    [200, {}, true],
    [204, {}, true],
    [401, {}, false],
    [403, {}, false],
    [404, {}, 'unknown'],
    [302, {}, 'unknown'],
    [429, {}, 'unknown'],
    [500, {}, 'unknown'],
    [200, { accept: [404] }, 'unknown'],
    [404, { accept: [404] }, true],
    [403, { refuse: [401] }, 'unknown'],
    [400, { refuse: [400] }, false],
    [403, { accept: [403] }, 'unknown'],
  ] as const)('%i with %j: %s', async (status, more, accepted) => {
    const { url } = await startReceiver(status);
    const verdict = await verifier(`${url}/v1/models?key=${canary}`, more).verify(credential(), testGatherContext());
    expect(verdict).toEqual({ accepted, detail: `${url}/v1/models answers ${status}` });
  });

  it('sends the value in its header', async () => {
    const { url, received } = await startReceiver(200);
    await verifier(url, { headers: { 'X-Team': 'agents' } }).verify(credential(), testGatherContext());
    await verifier(url, { method: 'POST', header: 'x-api-key', scheme: '' }).verify(credential(), testGatherContext());
    expect(received).toMatchObject([
      { method: 'GET', headers: { authorization: `Bearer ${canary}`, 'x-team': 'agents' }, body: undefined },
      { method: 'POST', headers: { 'x-api-key': canary } },
    ]);
  });

  it.each(['with\nnewline', 'trailing\n', ' leading', 'umläut', ''])('a value that no header carries as it is: %j', async (text) => {
    const { url, received } = await startReceiver(200);
    expect(await verifier(url).verify(credential(text), testGatherContext())).toEqual({
      accepted: 'unknown',
      detail: 'the value has characters that no HTTP header carries',
    });
    expect(received).toEqual([]);
  });

  it.each(faults.filter((fault): fault is Exclude<Fault, '401' | '403' | 'wrong-type'> => !['401', '403', 'wrong-type'].includes(fault)))(
    '%s tells nothing',
    async (fault) => {
      const server = await startFault(fault);
      onTestFinished(() => server.close());
      const verdict = await verifier(server.url).verify(credential(), testGatherContext(600));
      expect(verdict.accepted).toBe('unknown');
      expect(inspect(verdict)).not.toContain(canary);
    },
  );

  it('sends nothing to a server whose certificate is not trusted', async () => {
    const server = await startFault('tls');
    onTestFinished(() => server.close());
    expect(await verifier(server.url).verify(credential(), testGatherContext())).toMatchObject({
      detail: expect.stringContaining('TLS: '),
    });
    expect(server.received()).toBe('');
  });

  it('is described without a value', () => {
    expect(verifier(`https://user:${canary}@api.example/v1?key=${canary}`).describe()).toBe(
      'GET https://api.example/v1 with the value in Authorization',
    );
  });
});
