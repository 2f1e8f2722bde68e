import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VaultConfig } from '../../config/schema.ts';
import type { Host } from '../../host.ts';
import type { Failure } from '../failure.ts';
import { resolvePath } from '../http/tls-files.ts';
import type { VaultClient } from './client.ts';

export type LoginResult =
  /** `issued`: the token was made for this run and is to be revoked after it. */
  | { readonly ok: true; readonly token: string; readonly issued: boolean }
  | { readonly ok: false; readonly failure: Failure; readonly hint?: string };

/** A token by the configured method. */
export async function login(client: VaultClient, auth: VaultConfig['auth'], host: Host): Promise<LoginResult> {
  if (auth.method === 'token') {
    const token = auth.token ?? (host.env.VAULT_TOKEN || (await readText(join(host.home, '.vault-token'))));
    if (token) return { ok: true, token, issued: false };
    const detail = 'no token: neither vault.auth.token, VAULT_TOKEN nor ~/.vault-token is there';
    return { ok: false, failure: { reason: 'unauthorized', detail, phase: 'http' }, hint: 'log in with: vault login' };
  }
  const mount = auth.mount.split('/').filter((part) => part !== '');
  if (auth.method === 'approle') return post(client, mount, { role_id: auth.roleId, secret_id: auth.secretId });
  const jwt = await readText(resolvePath(auth.jwtFile, host));
  if (jwt) return post(client, mount, { role: auth.role, jwt });
  const detail = `the service account token ${auth.jwtFile} cannot be read`;
  return { ok: false, failure: { reason: 'unauthorized', detail, phase: 'http' }, hint: 'vault.auth.method kubernetes works inside a pod' };
}

async function post(client: VaultClient, mount: readonly string[], body: Readonly<Record<string, string>>): Promise<LoginResult> {
  const answer = await client.json({ method: 'POST', path: ['auth', ...mount, 'login'], body });
  if (answer.ok) {
    const token = (answer.data as { auth?: { client_token?: unknown } } | null)?.auth?.client_token;
    if (typeof token === 'string' && token !== '') return { ok: true, token, issued: true };
    return { ok: false, failure: { reason: 'invalid', detail: 'the login answer holds no token', phase: 'http' } };
  }
  // A refused login is 400 (wrong role or secret id) or 403, never a lack of permission of ours.
  const refused = answer.status === 400 || answer.status === 403;
  const failure: Failure = refused
    ? { reason: 'unauthorized', detail: `login at auth/${mount.join('/')} refused`, phase: 'http' }
    : answer.failure;
  return { ok: false, failure, hint: 'see vault.auth in agentops.yaml' };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim() || undefined;
  } catch {
    return undefined;
  }
}
