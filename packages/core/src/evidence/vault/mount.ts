import { z } from 'zod';
import type { Failure } from '../failure.ts';
import type { VaultClient, VaultResult } from './client.ts';

const mountInfo = z.object({
  data: z.object({
    type: z.string(),
    path: z.string(),
    options: z.record(z.string(), z.unknown()).nullish(),
  }),
});

/**
 * Makes sure that a mount is KV v2 before anything below it is read: on KV v1
 * the "metadata" paths are ordinary secrets, and reading one would fetch a
 * value. Undefined where it is v2, else why it must not be read.
 */
export async function refuseUnlessKv2(
  client: Pick<VaultClient, 'json'>,
  mount: readonly string[],
  token: string,
): Promise<Failure | undefined> {
  const name = mount.join('/');
  const info = await client.json({ path: ['sys', 'internal', 'ui', 'mounts', ...mount], token });
  if (info.ok) return judge(name, info);
  if (info.status !== 403 || info.failure.reason !== 'forbidden') return info.failure;
  // Any token that may touch the mount at all gets an answer. (The mount's own config could tell as well, but on KV v1
  // that path may be a secret.)
  const detail = `cannot tell whether ${name} is KV v2: the token may touch nothing below it, or it does not exist`;
  return { reason: 'forbidden', detail, phase: 'http' };
}

function judge(name: string, info: VaultResult & { ok: true }): Failure | undefined {
  const parsed = mountInfo.safeParse(info.data).data?.data;
  const no = (detail: string): Failure => ({ reason: 'invalid', detail, phase: 'http' });
  if (!parsed) return no(`the answer about mount ${name} is not Vault's`);
  if (parsed.path.replace(/\/$/, '') !== name) {
    return no(`${name} is not a mount: the mount is ${parsed.path.replace(/\/$/, '')}, the rest belongs into path`);
  }
  if (parsed.type !== 'kv' && parsed.type !== 'generic') return no(`mount ${name} is of type ${parsed.type}, not KV v2`);
  return parsed.options?.version === '2' ? undefined : no(`mount ${name} is KV v1, which keeps no metadata`);
}
