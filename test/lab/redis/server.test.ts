import { createClient } from 'redis';
import { afterEach, describe, expect, test } from 'vitest';
import { type LabRedis, type LabRedisOptions, startRedis } from '../../../packages/lab/src/redis/server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function lab(options: LabRedisOptions = {}): Promise<LabRedis> {
  const server = await startRedis(options);
  open.push(server);
  return server;
}

async function connected<T>(
  url: string,
  options: { RESP: 2 | 3; password?: string },
  act: (client: ReturnType<typeof createClient>) => Promise<T>,
): Promise<T> {
  const client = createClient({ url, ...options, socket: { reconnectStrategy: false } }) as unknown as ReturnType<typeof createClient>;
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await act(client);
  } finally {
    client.destroy();
  }
}

describe.each([2, 3] as const)('the redis package with RESP%i', (RESP) => {
  test('connects, logs in, reads and writes', async () => {
    const server = await lab({ password: 'CANARY', data: { greeting: 'hello' } });
    await connected(server.url, { RESP, password: 'CANARY' }, async (client) => {
      expect(await client.ping()).toBe('PONG');
      expect(await client.get('greeting')).toBe('hello');
      expect(await client.get('nothing')).toBeNull();
      expect(await client.hSet('h', { a: '1', b: '2' })).toBe(2);
      expect({ ...(await client.hGetAll('h')) }).toEqual({ a: '1', b: '2' });
      expect(await client.hScan('h', '0')).toMatchObject({
        cursor: '0',
        entries: [
          { field: 'a', value: '1' },
          { field: 'b', value: '2' },
        ],
      });
      expect(await client.exists(['h', 'greeting', 'nothing'])).toBe(2);
      expect(await client.type('h')).toBe('hash');
      expect(await client.info('clients')).toContain('maxclients:10000');
      await client.select(3);
      expect(await client.get('greeting')).toBeNull();
    });
    expect(JSON.stringify(server.requests)).not.toContain('CANARY');
  });

  test('a wrong password', async () => {
    const server = await lab({ password: 'right' });
    await expect(connected(server.url, { RESP, password: 'wrong' }, (client) => client.ping())).rejects.toThrow('WRONGPASS');
  });
});

test('an outage answers everything but INFO', async () => {
  const server = await lab({ outage: 'LOADING Redis is loading the dataset in memory' });
  await connected(server.url, { RESP: 2 }, async (client) => {
    await expect(client.ping()).rejects.toThrow('LOADING');
    expect(await client.info()).toContain('redis_version:7.0.15+agentops-lab');
    server.setOutage(undefined);
    expect(await client.ping()).toBe('PONG');
  });
});

test('INFO changes while it runs; sections are chosen', async () => {
  const server = await lab({ info: { used_memory: 5 } });
  server.setInfo({ role: 'slave', master_link_status: 'down' });
  await connected(server.url, { RESP: 2 }, async (client) => {
    const text = await client.info();
    expect(text).toContain('used_memory:5\r\n');
    expect(text).toContain('role:slave\r\n');
    expect(text).toContain('master_link_status:down\r\n');
    expect(await client.info('memory')).not.toContain('role:');
  });
});

test('after close nobody listens', async () => {
  const server = await startRedis();
  await server.close();
  await expect(connected(server.url, { RESP: 2 }, (client) => client.ping())).rejects.toThrow('ECONNREFUSED');
});
