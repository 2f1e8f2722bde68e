import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../packages/core/src/config/load.ts';
import type { Config } from '../../../packages/core/src/config/schema.ts';
import type { Host } from '../../../packages/core/src/host.ts';
import { vaultRules } from '../../../packages/core/src/permissions/vault.ts';
import { vaultPolicy } from '../../../packages/core/src/permissions/vault-policy.ts';
import { resumeSecret, rollbackSecret, rotateSecret } from '../../../packages/core/src/secrets/rotate/run.ts';
import { openSecrets } from '../../../packages/core/src/secrets/session.ts';
import { type Lab, startLab } from '../../../packages/lab/src/lab.ts';
import { rotationPolicy } from '../../../packages/lab/src/platform/rotation-policy.ts';
import { scenarios } from '../../../packages/lab/src/scenarios/scenarios.ts';
import { testHost } from '../../support/host.ts';

const still = testHost();
/** Locks and grace live by a clock that runs. */
const host: Host = { ...still, clock: { ...still.clock, now: () => Date.now() } };
const options = { by: 'someone', wait: false, acceptDowntime: false, stop: new AbortController().signal };

describe('the lab of a rotation that stopped', () => {
  let lab: Lab;
  beforeAll(async () => {
    const scenario = scenarios.find(({ name }) => name === 'rotation-stopped');
    if (!scenario) throw new Error('no such scenario');
    lab = await startLab(scenario, { rollouts: { everyMs: 10, startMs: 0 } });
  });
  afterAll(() => lab.close());

  /** As its agentops.yaml has it, but for how long both values stay valid, and new pods are watched. */
  function configWith(overlap?: number): Config {
    const { config } = loadConfig(host, lab.configFile);
    const secrets = config.secrets.map((entry) => ({
      ...entry,
      overlap: overlap ?? entry.overlap,
      consumers: entry.consumers.map((consumer) => (consumer.type === 'kubernetes' ? { ...consumer, settle: 0 } : consumer)),
    }));
    return { ...config, secrets };
  }

  async function run(work: typeof resumeSecret, overlap?: number): Promise<string> {
    const session = await openSecrets(configWith(overlap), host);
    try {
      const [parts] = session.secrets;
      if (!parts) throw new Error('no secret is configured');
      const { result, state } = await work(parts, options, session.context, () => undefined);
      const [consumer] = parts.consumers;
      const read = await parts.kv.read({ mount: 'kv', path: 'agents/openai' });
      const held = read && (await consumer?.holds(read.fields, session.context));
      return `${result} ${state}: version ${read?.version}, ${held?.detail}`;
    } finally {
      await session.close();
    }
  }

  it('can be resumed, rolled back, and rotated anew to the end', async () => {
    expect(await run(resumeSecret)).toBe('grace GRACE: version 3, Secret agents/openai-key-v3');
    expect(await run(rollbackSecret)).toBe('rolled-back ROLLED_BACK: version 4, Secret agents/openai-key');
    expect(await run(rotateSecret, 0)).toBe('done DONE: version 5, Secret agents/openai-key-v5');
  });

  it('grants in Vault what agentops says it needs, and no more', () => {
    const { config } = loadConfig(host, lab.configFile);
    // Every token of the lab may read all metadata.
    const granted = [...rotationPolicy, { path: 'kv/metadata/*', capabilities: ['list', 'read'] }] as const;
    const needed = vaultRules(config, 'secrets').map(({ path, capabilities }) => ({ path, capabilities }));
    expect(vaultPolicy(granted)).toBe(vaultPolicy(needed));
  });
});
