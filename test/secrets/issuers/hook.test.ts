import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { hookIssuer } from '../../../packages/core/src/secrets/issuers/hook.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { program, programContext, temporaryFolder } from '../../support/program.ts';

const canary = 'CANARY-value-0123456789';
const request = { name: 'agentops-db-1234-1', namePrefix: 'agentops-db-1234-', current: { name: 'agentops-db-0000-1' } };

/** A hook that writes down the events that it gets. */
function hook(body: string): { issuer: ReturnType<typeof hookIssuer>; events: () => unknown[] } {
  const file = join(temporaryFolder(), 'events');
  const log = `fs.appendFileSync(${JSON.stringify(file)}, JSON.stringify(input) + '\\n');`;
  const issuer = hookIssuer({ type: 'hook', command: [...program(`${log} ${body}`)], timeout: 15_000, live: 'both' }, 'db');
  const events = (): unknown[] =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  return { issuer, events };
}

describe('the hook issuer', () => {
  it('takes the four steps in their order', async () => {
    const { issuer, events } = hook(
      `if (input.Step === 'createSecret') answer({ ok: true, value: '${canary}', key: { account: 'app_b' } })`,
    );
    expect(issuer).toMatchObject({ origin: 'theirs', live: 'both' });
    const fresh = await issuer.issue(request, programContext());
    expect(fresh.value.text()).toBe(canary);
    expect(fresh.key).toEqual({ name: 'agentops-db-1234-1', account: 'app_b' });
    expect(await issuer.check?.(fresh, programContext())).toEqual({ accepted: true, detail: 'command "node" accepts it' });
    const old = { key: request.current, value: SecretValue.fromText('OLD-CANARY') };
    expect(await issuer.revoke(old, programContext())).toEqual({ result: 'revoked', detail: 'command "node" finished' });

    const pending = { SecretString: canary, VersionId: 'agentops-db-1234-1', Key: fresh.key };
    const current = { Key: { name: 'agentops-db-0000-1' } };
    const common = { SecretId: 'db', ClientRequestToken: 'agentops-db-1234-1' };
    expect(events()).toEqual([
      { Step: 'createSecret', ...common, AWSCURRENT: current },
      { Step: 'setSecret', ...common, AWSPENDING: pending, AWSCURRENT: current },
      { Step: 'testSecret', ...common, AWSPENDING: pending },
      {
        Step: 'finishSecret',
        SecretId: 'db',
        ClientRequestToken: 'agentops-db-0000-1',
        AWSPREVIOUS: { SecretString: 'OLD-CANARY', VersionId: 'agentops-db-0000-1', Key: request.current },
      },
    ]);
  });

  it.each([
    ['createSecret without a value', '', 'transient', 'answers createSecret'],
    ['createSecret that says only yes', 'answer({ ok: true })', 'transient', 'answers createSecret without a value'],
    [
      'setSecret that fails',
      `if (input.Step === 'createSecret') answer({ ok: true, value: '${canary}' }); else { console.error(input); process.exit(1) }`,
      'transient',
      'command "node" failed: exit 1',
    ],
    [
      'setSecret that refuses',
      `answer(input.Step === 'createSecret' ? { ok: true, value: '${canary}' } : { ok: false, refused: 'not ' + input.AWSPENDING.SecretString })`,
      'refused',
      'command "node" refuses: (withheld: it holds the value)',
    ],
  ])('%s', async (_title, body, kind, message) => {
    const error = await hook(body)
      .issuer.issue(request, programContext())
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind, message: expect.stringContaining(message === 'answers createSecret' ? 'answers' : message) });
    expect(inspect(error, { depth: 9 })).not.toContain(canary);
  });

  it.each([
    ['', true],
    ['answer({ ok: true })', true],
    ['answer({ ok: true, accepted: false })', false],
    ['answer({ ok: false, refused: true })', false],
    ['answer({ ok: false })', 'unknown'],
    ['process.exit(1)', 'unknown'],
    ['console.log("fine")', 'unknown'],
    ['answer({ ok: false, unsupported: true })', 'unknown'],
  ])('testSecret: %j', async (body, accepted) => {
    const verdict = await hook(body).issuer.check?.({ key: { name: 'n' }, value: SecretValue.fromText(canary) }, programContext());
    expect(verdict?.accepted).toBe(accepted);
  });
});
