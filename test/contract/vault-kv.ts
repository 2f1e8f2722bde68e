import { afterAll, describe, expect, it } from 'vitest';
import { exchange, type HttpAnswer } from './http.ts';

/** A Vault with KV v2 at `secret/`, below which `contract/` is free to write. */
export interface VaultKvTarget {
  readonly url: string;
  readonly rootToken: string;
}

/** What a rotation relies on in KV v2: check-and-set, versions, deletion, pruning, metadata; and how errors read. */
export function describeVaultKvContract(getTarget: () => VaultKvTarget): void {
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
    exchange(`${getTarget().url}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': getTarget().rootToken, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const write = (path: string, value: string, cas?: number): Promise<HttpAnswer> =>
    call('POST', `secret/data/contract/${path}`, { data: { value }, ...(cas === undefined ? {} : { options: { cas } }) });
  const read = (path: string): Promise<HttpAnswer> => call('GET', `secret/data/contract/${path}`);
  const metadata = (path: string): Promise<HttpAnswer> => call('GET', `secret/metadata/contract/${path}`);
  const settings = (path: string, body: object): Promise<HttpAnswer> => call('POST', `secret/metadata/contract/${path}`, body);
  const removeBelow = async (folder: string): Promise<void> => {
    const { data } = (await call('GET', `secret/metadata/${folder}?list=true`)).json() as { data?: { keys: string[] } };
    for (const key of data?.keys ?? []) {
      if (key.endsWith('/')) await removeBelow(`${folder}/${key.slice(0, -1)}`);
      else await call('DELETE', `secret/metadata/${folder}/${key}`);
    }
  };
  afterAll(() => removeBelow('contract'));
  const mergePatch = { 'content-type': 'application/merge-patch+json' };
  const mismatch = { errors: ['check-and-set parameter did not match the current version'] };

  it('writes and reads versions', async () => {
    expect((await write('versions', 'a')).json()).toMatchObject({
      data: { version: 1, deletion_time: '', destroyed: false, custom_metadata: null, created_time: expect.stringMatching(/Z$/) },
    });
    expect((await write('versions', 'b')).json()).toMatchObject({ data: { version: 2 } });
    expect((await read('versions')).json()).toMatchObject({ data: { data: { value: 'b' }, metadata: { version: 2 } } });
    expect((await read('versions?version=1')).json()).toMatchObject({ data: { data: { value: 'a' }, metadata: { version: 1 } } });
    expect((await read('versions?version=0')).json()).toMatchObject({ data: { metadata: { version: 2 } } });
  });

  it('checks and sets', async () => {
    expect((await write('cas', 'a', 0)).status).toBe(200);
    const again = await write('cas', 'b', 0);
    expect([again.status, again.json()]).toEqual([400, mismatch]);
    expect((await write('cas', 'b', 7)).json()).toEqual(mismatch);
    expect((await write('cas', 'b', 1)).json()).toMatchObject({ data: { version: 2 } });
  });

  it('requires check-and-set where the key says so', async () => {
    expect((await settings('required', { cas_required: true })).status).toBe(204);
    const refused = await write('required', 'a');
    expect([refused.status, refused.json()]).toEqual([400, { errors: ['check-and-set parameter required for this call'] }]);
    expect((await write('required', 'a', 0)).status).toBe(200);
  });

  it('keeps the version number of a deleted secret: cas 0 does not match', async () => {
    await write('deleted', 'a');
    expect((await call('DELETE', 'secret/data/contract/deleted')).status).toBe(204);
    expect((await write('deleted', 'b', 0)).json()).toEqual(mismatch);
    const gone = await read('deleted');
    expect(gone.status).toBe(404);
    expect(gone.json()).toMatchObject({
      data: { data: null, metadata: { version: 1, destroyed: false, deletion_time: expect.stringMatching(/Z$/) } },
    });
    expect((await call('POST', 'secret/undelete/contract/deleted', { versions: [1] })).status).toBe(204);
    expect((await read('deleted')).json()).toMatchObject({ data: { data: { value: 'a' } } });
    expect((await call('POST', 'secret/delete/contract/deleted', { versions: [1] })).status).toBe(204);
    expect((await read('deleted')).status).toBe(404);
  });

  it('destroys for good', async () => {
    await write('destroyed', 'a');
    expect((await call('PUT', 'secret/destroy/contract/destroyed', { versions: [1] })).status).toBe(204);
    await call('POST', 'secret/undelete/contract/destroyed', { versions: [1] });
    const gone = await read('destroyed');
    expect(gone.status).toBe(404);
    expect(gone.json()).toMatchObject({ data: { data: null, metadata: { destroyed: true, deletion_time: '' } } });
    expect((await metadata('destroyed')).json()).toMatchObject({ data: { current_version: 1, versions: { 1: { destroyed: true } } } });
  });

  it.each(['data/contract/nothing', 'metadata/contract/nothing', 'data/contract/versions-none?version=9'])(
    '%s is not there',
    async (path) => {
      const answer = await call('GET', `secret/${path}`);
      expect([answer.status, answer.json()]).toEqual([404, { errors: [] }]);
    },
  );

  it.each([
    ['delete', 'No version number provided'],
    ['undelete', 'No version number provided'],
    ['destroy', 'no version number provided'],
  ])('%s without versions', async (kind, message) => {
    const answer = await call('POST', `secret/${kind}/contract/any`, {});
    expect([answer.status, answer.json()]).toEqual([400, { errors: [message] }]);
  });

  it.each(['garbage', '{"foo":1}', '{}'])('a write of %s has no data', async (body) => {
    const answer = await call('POST', 'secret/data/contract/any', body);
    expect(answer.status).toBe(400);
  });

  it('prunes by the key’s limit', async () => {
    await settings('pruned', { max_versions: 2 });
    for (const value of ['a', 'b', 'c', 'd']) await write('pruned', value);
    const answer = (await metadata('pruned')).json() as { data: { versions: object } };
    expect(answer).toMatchObject({ data: { current_version: 4, oldest_version: 3, max_versions: 2 } });
    expect(Object.keys(answer.data.versions)).toEqual(['3', '4']);
    const pruned = await read('pruned?version=1');
    expect([pruned.status, pruned.json()]).toEqual([404, { errors: [] }]);
  });

  it('prunes to ten where neither key nor mount says', async () => {
    for (let count = 1; count <= 12; count++) await write('ten', String(count));
    const answer = (await metadata('ten')).json() as { data: { versions: object } };
    expect(answer).toMatchObject({ data: { current_version: 12, oldest_version: 3, max_versions: 0 } });
    expect(Object.keys(answer.data.versions)).toHaveLength(10);
  });

  it('leaves updated_time alone on a metadata write', async () => {
    await write('updated', 'a');
    const before = (await metadata('updated')).json() as { data: { updated_time: string } };
    await settings('updated', { custom_metadata: { owner: 'x' } });
    expect((await metadata('updated')).json()).toMatchObject({
      data: { updated_time: before.data.updated_time, custom_metadata: { owner: 'x' } },
    });
  });

  it('metadata without a version', async () => {
    await settings('bare', { custom_metadata: { owner: 'x' } });
    expect((await metadata('bare')).json()).toMatchObject({ data: { current_version: 0, versions: {}, custom_metadata: { owner: 'x' } } });
    expect((await read('bare')).status).toBe(404);
  });

  it('replaces custom metadata, or merges it', async () => {
    await settings('custom', { custom_metadata: { a: '1', b: '2' } });
    await settings('custom', { custom_metadata: { c: '3' } });
    expect((await metadata('custom')).json()).toMatchObject({ data: { custom_metadata: { c: '3' } } });
    const patched = await call('PATCH', 'secret/metadata/contract/custom', { custom_metadata: { d: '4', c: null } }, mergePatch);
    expect(patched.status).toBe(204);
    expect(((await metadata('custom')).json() as { data: { custom_metadata: object } }).data.custom_metadata).toEqual({ d: '4' });
    expect((await call('PATCH', 'secret/metadata/contract/nothing', { max_versions: 1 }, mergePatch)).status).toBe(404);
  });

  it.each<[string, object]>([
    ['an empty key', { '': 'x' }],
    ['an empty value', { k: '' }],
    ['a key of 129 bytes', { ['k'.repeat(129)]: 'x' }],
    ['a value of 513 bytes', { k: 'x'.repeat(513) }],
    ['65 keys', Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, 'x']))],
    ['an unprintable value', { k: 'a\nb' }],
  ])('refuses custom metadata with %s', async (_what, custom_metadata) => {
    const answer = await settings('limits', { custom_metadata });
    expect(answer.status).toBe(400);
    expect((answer.json() as { errors: string[] }).errors[0]).toContain('custom_metadata validation failed');
  });

  it('takes custom metadata at its limits', async () => {
    const custom_metadata = {
      ...Object.fromEntries(Array.from({ length: 63 }, (_, index) => [`k${index}`, 'x'])),
      ['k'.repeat(128)]: 'ä'.repeat(256),
    };
    expect((await settings('limits', { custom_metadata })).status).toBe(204);
  });

  describe('patch', () => {
    it('merges into the current version', async () => {
      await call('POST', 'secret/data/contract/patch', { data: { a: '1', b: { c: '2', d: '3' } } });
      const answer = await call('PATCH', 'secret/data/contract/patch', { data: { b: { c: null, e: '4' } } }, mergePatch);
      expect(answer.json()).toMatchObject({ data: { version: 2 } });
      const after = (await read('patch')).json() as { data: { data: object } };
      expect(after.data.data).toEqual({ a: '1', b: { d: '3', e: '4' } });
      const stale = await call('PATCH', 'secret/data/contract/patch', { data: { a: '2' }, options: { cas: 1 } }, mergePatch);
      expect([stale.status, stale.json()]).toEqual([400, mismatch]);
    });

    it('needs its own content type', async () => {
      const answer = await call('PATCH', 'secret/data/contract/patch', { data: { a: '1' } }, { 'content-type': 'application/json' });
      expect(answer.status).toBe(415);
    });

    it('needs a live version', async () => {
      expect((await call('PATCH', 'secret/data/contract/patch-none', { data: { a: '1' } }, mergePatch)).status).toBe(404);
      await write('patch-gone', 'a');
      await call('DELETE', 'secret/data/contract/patch-gone');
      expect((await call('PATCH', 'secret/data/contract/patch-gone', { data: { a: '1' } }, mergePatch)).status).toBe(404);
    });
  });

  it('deletes a key with all its versions', async () => {
    await write('removed', 'a');
    expect((await call('DELETE', 'secret/metadata/contract/removed')).status).toBe(204);
    expect((await metadata('removed')).status).toBe(404);
    expect((await write('removed', 'b', 0)).json()).toMatchObject({ data: { version: 1 } });
  });

  it('lists with LIST and with ?list=true', async () => {
    await write('list/a', 'x');
    await write('list/b/c', 'x');
    for (const [method, path] of [
      ['LIST', 'secret/metadata/contract/list'],
      ['LIST', 'secret/metadata/contract/list/'],
      ['GET', 'secret/metadata/contract/list/?list=true'],
      ['GET', 'secret/metadata/contract/list?list=true'],
    ] as const) {
      expect((await call(method, path)).json()).toMatchObject({ data: { keys: ['a', 'b/'] } });
    }
  });

  it('a version expires by delete_version_after', async () => {
    await settings('expiring', { delete_version_after: '1h30m' });
    await write('expiring', 'a');
    const answer = (await metadata('expiring')).json() as {
      data: { delete_version_after: string; versions: Record<string, { created_time: string; deletion_time: string }> };
    };
    expect(answer.data.delete_version_after).toBe('1h30m0s');
    const version = answer.data.versions['1'];
    expect(Date.parse(version?.deletion_time ?? '') - Date.parse(version?.created_time ?? '')).toBe(5_400_000);
    expect((await read('expiring')).status).toBe(200);
  });

  it('a wrong path says so in warnings', async () => {
    const answer = await call('GET', 'secret/contract/x');
    expect(answer.status).toBe(404);
    expect(answer.json()).toMatchObject({
      data: null,
      warnings: [expect.stringContaining('Invalid path for a versioned K/V secrets engine')],
    });
  });

  it('a route that is not there', async () => {
    const answer = await call('GET', 'nowhere/x');
    expect([answer.status, answer.json()]).toEqual([404, { errors: ['no handler for route "nowhere/x". route entry not found.'] }]);
  });

  it('tells the kind of a mount, by any path below it', async () => {
    for (const path of ['secret', 'secret/some/path']) {
      expect((await call('GET', `sys/internal/ui/mounts/${path}`)).json()).toMatchObject({
        data: { type: 'kv', path: 'secret/', options: { version: '2' } },
      });
    }
    const none = await call('GET', 'sys/internal/ui/mounts/nowhere');
    expect([none.status, none.json()]).toEqual([
      403,
      { errors: ['preflight capability check returned 403, please ensure client\'s policies grant access to path "nowhere/"'] },
    ]);
  });

  it('lists the mounts for a token, none without one, and refuses a wrong one', async () => {
    const path = 'sys/internal/ui/mounts';
    expect((await call('GET', path)).json()).toMatchObject({
      data: { secret: { 'secret/': { type: 'kv', options: { version: '2' } }, 'cubbyhole/': { type: 'cubbyhole', options: null } } },
    });
    const nobody = await call('GET', path, undefined, { 'x-vault-token': '' });
    expect([nobody.status, nobody.json()]).toMatchObject([200, { data: { secret: {} } }]);
    expect((await call('GET', path, undefined, { 'x-vault-token': 'no-such-token' })).status).toBe(403);
  });

  it('looks a token up, and refuses a wrong one in the words that clients match', async () => {
    expect((await call('GET', 'auth/token/lookup-self')).json()).toMatchObject({ data: { policies: ['root'] } });
    const wrong = await call('GET', 'auth/token/lookup-self', undefined, { 'x-vault-token': 'no-such-token' });
    expect([wrong.status, wrong.json()]).toEqual([403, { errors: ['2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n'] }]);
  });
}
