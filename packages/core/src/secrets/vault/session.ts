import type { Config, VaultConfig } from '../../config/schema.ts';
import { readTls } from '../../evidence/http/tls-files.ts';
import { VaultClient } from '../../evidence/vault/client.ts';
import { readHealth } from '../../evidence/vault/health.ts';
import { checkNamespace } from '../../evidence/vault/namespace.ts';
import { vaultSettings } from '../../evidence/vault/settings.ts';
import { RotationFailure } from '../failure.ts';
import type { RunContext } from '../ports.ts';
import type { SecretFields } from '../value.ts';
import { VaultKv } from './kv.ts';
import { dataFields, parseJson } from './kv-answers.ts';
import { isAbsent, refusal, unreadable } from './outcome.ts';
import { TokenKeeper } from './token.ts';
import { Wire, type WireCall } from './wire.ts';

/** A call of another engine than KV. `method` defaults to GET; `list` lists. */
export type VaultRequest = WireCall;

export interface VaultSession {
  readonly kv: VaultKv;
  readonly address: string;
  /**
   * Asks another engine (`path` below /v1/, unencoded segments). `data` is the
   * answer's own `data`; undefined where it had none. `found` is false for a
   * 404 that says "not there". Throws RotationFailure; a write whose answer got
   * lost is `transient` and may have happened.
   */
  request(call: VaultRequest, context?: RunContext): Promise<{ readonly found: boolean; readonly data: unknown }>;
  /** {@link request} for answers that hold secrets (static credentials): the caller wipes the fields. Undefined: not there. */
  requestFields(call: VaultRequest, context?: RunContext): Promise<SecretFields | undefined>;
  /** Wipes, revokes what was issued for this run, closes connections. Never throws; may be called again. */
  close(): Promise<void>;
}

/** How long tidying up may take, ms. */
const closingMs = 3000;

/**
 * Opens the configured Vault (else that of VAULT_ADDR) for a run: logs in, and
 * makes sure that a configured namespace means something before anything is
 * written. The mounts are looked at when they are first used.
 */
export async function openVault(config: Pick<Config, 'vault'>, context: RunContext): Promise<VaultSession> {
  const settings = vaultSettings(config, context.host.env);
  if (!settings)
    throw new RotationFailure('operator', 'no Vault is configured', { hint: 'set vault.address in agentops.yaml, or VAULT_ADDR' });
  const client = await connect(settings, context);
  const tokens = new TokenKeeper(client, settings.auth, context);
  const wire = new Wire(client, tokens, settings.namespace);
  const kv = VaultKv.open(wire, client.address, context);
  const close = async (): Promise<void> => {
    kv.close();
    await tokens.close(afterwards(context));
    client.close();
  };
  try {
    await refuseMeaninglessNamespace(client, settings, context);
    await tokens.current(context);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    kv,
    address: client.address,
    request: async (call, within = context) => {
      const answer = await wire.send({ ...call, accept: [404] }, within);
      if (answer.status === 404) {
        if (!isAbsent(answer)) throw refusal(answer, wire.subject(call));
        return { found: false, data: undefined };
      }
      if (answer.body.length === 0) return { found: true, data: undefined };
      const parsed = parseJson(answer.body);
      if (typeof parsed !== 'object' || parsed === null) throw unreadable(wire.subject(call));
      return { found: true, data: 'data' in parsed ? parsed.data : undefined };
    },
    requestFields: async (call, within = context) => {
      const answer = await wire.send({ ...call, accept: [404] }, within);
      try {
        if (answer.status !== 404) return dataFields(answer.body) ?? fail(unreadable(wire.subject(call)));
        return isAbsent(answer) ? undefined : fail(refusal(answer, wire.subject(call)));
      } finally {
        answer.body.fill(0);
      }
    },
    close,
  };
}

/** A context for what must still be done when the run's own time is over. */
export function afterwards({ host }: RunContext, ms = closingMs): RunContext {
  return { host, signal: AbortSignal.timeout(ms), deadline: host.clock.monotonic() + ms };
}

async function connect(settings: VaultConfig, context: RunContext): Promise<VaultClient> {
  if (!URL.canParse(settings.address) || !/^https?:$/.test(new URL(settings.address).protocol)) {
    throw new RotationFailure('operator', 'the address of Vault is no http(s) URL', { hint: 'see vault.address or VAULT_ADDR' });
  }
  const tls = await readTls(settings.tls, context.host);
  if (!tls.ok) throw new RotationFailure('operator', `Vault: ${tls.failure.detail}`, { hint: 'see vault.tls in agentops.yaml' });
  return new VaultClient(new URL(settings.address), { namespace: settings.namespace, tls: tls.tls }, context);
}

async function refuseMeaninglessNamespace(client: VaultClient, { namespace }: VaultConfig, context: RunContext): Promise<void> {
  if (namespace === undefined) return;
  const problem = await checkNamespace(client, namespace, await readHealth(client, context));
  if (!problem) return;
  const kind = problem.reason === 'invalid' ? 'operator' : 'transient';
  throw new RotationFailure(kind, `Vault: ${problem.detail}`, problem.hint === undefined ? {} : { hint: problem.hint });
}

function fail(error: Error): never {
  throw error;
}
