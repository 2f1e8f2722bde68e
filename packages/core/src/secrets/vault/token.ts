import { z } from 'zod';
import type { VaultConfig } from '../../config/schema.ts';
import type { VaultClient } from '../../evidence/vault/client.ts';
import { login } from '../../evidence/vault/login.ts';
import { RotationFailure } from '../failure.ts';
import type { RunContext } from '../ports.ts';

const lookup = z.object({ data: z.object({ ttl: z.number(), renewable: z.boolean().default(false) }) });
const renewal = z.object({ auth: z.object({ lease_duration: z.number(), renewable: z.boolean().default(false) }) });

/** Shortest and longest pause before a token is looked after again, ms. A timer of Node's holds 24 days. */
const soonest = 250;
const latest = 86_400_000;

/**
 * The token of a run, kept alive: a renewable one is renewed when two thirds
 * of its time are gone, one that cannot be renewed any more is replaced by
 * another login where the method can do that. What it had issued it revokes.
 */
export class TokenKeeper {
  readonly #client: VaultClient;
  readonly #auth: VaultConfig['auth'];
  readonly #context: RunContext;
  #token: string | undefined;
  /** Tokens that were made for this run. */
  readonly #issued = new Set<string>();
  #logins: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(client: VaultClient, auth: VaultConfig['auth'], context: RunContext) {
    this.#client = client;
    this.#auth = auth;
    this.#context = context;
  }

  /** The token, after a login where there is none yet. Throws `transient` where the login fails. */
  async current(context: RunContext): Promise<string> {
    if (this.#token === undefined) await this.#login(context);
    if (this.#token === undefined) throw new RotationFailure('transient', 'Vault: there is no token');
    return this.#token;
  }

  /** Logs in again because the server does not know `refused` any more; false: there is no other token. */
  async replace(refused: string, context: RunContext): Promise<boolean> {
    if (this.#token !== refused) return this.#token !== undefined;
    try {
      await this.#login(context);
    } catch {
      // What the server said of the token tells more than the login that failed after it.
      return false;
    }
    return this.#token !== refused;
  }

  /** Stops renewing and revokes a token that was issued for this run. Never throws. */
  async close(context: RunContext): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#token = undefined;
    await Promise.all(
      [...this.#issued].map((token) =>
        this.#client.json({ method: 'POST', path: ['auth', 'token', 'revoke-self'], token, tries: 1, within: context }),
      ),
    );
    this.#issued.clear();
  }

  /** Several callers wait for one login. */
  #login(context: RunContext): Promise<void> {
    this.#logins ??= this.#loginNow(context).finally(() => {
      this.#logins = undefined;
    });
    return this.#logins;
  }

  async #loginNow(context: RunContext): Promise<void> {
    if (this.#closed) throw new RotationFailure('transient', 'Vault: the session is closed');
    const result = await login(this.#client, this.#auth, context.host);
    if (!result.ok) throw new RotationFailure('transient', `Vault: ${result.failure.detail}`, optional(result.hint));
    const same = result.token === this.#token;
    this.#token = result.token;
    if (result.issued) this.#issued.add(result.token);
    if (!same) await this.#lookUp(result.token);
  }

  async #lookUp(token: string): Promise<void> {
    const answer = await this.#client.json({ path: ['auth', 'token', 'lookup-self'], token });
    const found = answer.ok ? lookup.safeParse(answer.data).data?.data : undefined;
    // 0: it never ends. Not told: a call that meets its end logs in again.
    if (!found || found.ttl <= 0) return;
    const leftMs = this.#context.deadline - this.#context.host.clock.monotonic();
    if (found.ttl * 1000 >= leftMs) return;
    if (!found.renewable && this.#auth.method === 'token') {
      this.#context.host.log.warn(`the Vault token ends in ${Math.round(found.ttl)} s, before this run must, and cannot be renewed`);
      return;
    }
    this.#lookAfter(found.ttl, found.renewable);
  }

  /** `ttl` in s. */
  #lookAfter(ttl: number, renewable: boolean): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    const wait = Math.min(latest, Math.max(soonest, (ttl * 1000 * 2) / 3));
    this.#timer = setTimeout(() => void this.#prolong(ttl, renewable), wait);
    this.#timer.unref();
  }

  async #prolong(ttl: number, renewable: boolean): Promise<void> {
    const token = this.#token;
    if (token === undefined || this.#closed) return;
    const answer = renewable
      ? await this.#client.json({ method: 'POST', path: ['auth', 'token', 'renew-self'], body: {}, token })
      : undefined;
    const renewed = answer?.ok ? renewal.safeParse(answer.data).data?.auth : undefined;
    // Near its maximal time a renewal gives less and less: then only another login helps.
    if (renewed && (renewed.lease_duration > ttl / 2 || this.#auth.method === 'token')) {
      this.#lookAfter(renewed.lease_duration, renewed.renewable);
      return;
    }
    const lives = answer !== undefined && !answer.ok && answer.status === undefined;
    if (lives) this.#lookAfter(ttl / 3, renewable);
    else if (this.#auth.method !== 'token') await this.#login(this.#context).catch(() => this.#lookAfter(ttl / 3, false));
  }
}

function optional(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint };
}
