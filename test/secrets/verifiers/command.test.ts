import { describe, expect, it } from 'vitest';
import { secretEntry } from '../../../packages/core/src/config/secrets.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { createVerifier } from '../../../packages/core/src/secrets/verifiers/create.ts';
import { program, programContext } from '../../support/program.ts';

const credential = { key: { account: 'app' }, value: SecretValue.fromText('CANARY-value') };

const verifierOf = (command: readonly string[]) =>
  createVerifier(secretEntry.parse({ name: 'db', vault: { mount: 'kv', path: 'db' }, verify: { type: 'command', command } }));

describe('the command verifier', () => {
  it.each([
    ['answer({ ok: true, accepted: input.value === "CANARY-value" && input.key.account === "app" && input.secret === "db" })', true],
    ['answer({ ok: true, accepted: false })', false],
    ['answer({ ok: true })', 'unknown'],
    ['process.exit(1)', 'unknown'],
  ])('%s', async (body, accepted) => {
    expect(await verifierOf(program(body))?.verify(credential, programContext())).toMatchObject({ accepted });
  });

  it('is named by its file', () => {
    expect(verifierOf(['/usr/local/bin/try-login', '--url', 'x'])?.describe()).toBe('run command "try-login" (verify)');
  });

  it('without configuration there is none', () => {
    expect(createVerifier(secretEntry.parse({ name: 'db', vault: { mount: 'kv', path: 'db' } }))).toBeUndefined();
  });
});
