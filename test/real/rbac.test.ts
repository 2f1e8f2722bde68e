import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allChecks } from '../../packages/core/src/checks/registry.ts';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import { diagnose } from '../../packages/core/src/diagnose/run.ts';
import { wantedEvidence } from '../../packages/core/src/diagnose/select.ts';
import type { MissingPermission } from '../../packages/core/src/model/evidence.ts';
import type { Report } from '../../packages/core/src/model/report.ts';
import { permissionsFor } from '../../packages/core/src/permissions/diagnose.ts';
import { roleManifests } from '../../packages/core/src/permissions/manifests.ts';
import { KubernetesApi } from '../../scripts/servers/kubernetes-api.ts';
import { namespace } from '../../scripts/servers/kubernetes-objects.ts';
import { run } from '../../scripts/servers/process.ts';
import { type RunningServers, startServers } from '../../scripts/servers/up.ts';
import { testHost } from '../support/host.ts';
import { customResources, installCustomResources } from './custom-resources.ts';
import { describeReal } from './support.ts';

const needed = permissionsFor(wantedEvidence(allChecks));
/** Calico serves its objects under two names; agentops reads the second only where the first is not there. */
const calicoCrds = 'crd.projectcalico.org';

function title({ verb, group, resource }: MissingPermission): string {
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}`;
}

/** Ids of the checks that cannot judge without it. */
function checksThatNeed(permission: MissingPermission): string[] {
  const wanted = JSON.stringify(permission);
  return allChecks.filter(({ needs }) => permissionsFor(needs).some((one) => JSON.stringify(one) === wanted)).map(({ meta }) => meta.id);
}

describeReal(['kubernetes'], 'permissions', () => {
  // A cluster of its own, without objects, so that definitions of custom resources disturb nobody.
  let own: RunningServers;
  let api: KubernetesApi;
  let nextUser = 0;

  const server = (): NonNullable<RunningServers['servers']['kubernetes']> => {
    const { kubernetes } = own.servers;
    if (!kubernetes) throw new Error(`kubernetes did not start: ${own.failed.kubernetes}`);
    return kubernetes;
  };
  const kubectl = (...args: readonly string[]): Promise<string> => run(server().kubectl, ['--kubeconfig', server().kubeconfig, ...args]);

  interface User {
    readonly name: string;
    readonly kubeconfig: string;
  }

  /** A user that may do nothing yet. */
  const freshUser = (): User => {
    const user = server().users[nextUser++];
    if (!user) throw new Error('no user left');
    const kubeconfig = join(own.folder, `${user.name}.kubeconfig`);
    const cluster = { server: server().url, 'certificate-authority': server().caFile };
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        clusters: [{ name: 'test', cluster }],
        users: [{ name: user.name, user: { token: user.token } }],
        contexts: [{ name: 'test', context: { cluster: 'test', user: user.name } }],
        'current-context': 'test',
      }),
      { mode: 0o600 },
    );
    return { name: user.name, kubeconfig };
  };

  const apply = async (manifest: string): Promise<void> => {
    const file = join(own.folder, 'manifest.yaml');
    writeFileSync(file, manifest);
    await kubectl('apply', '-f', file);
  };
  const grant = async (permissions: readonly MissingPermission[], user: User): Promise<void> => {
    if (permissions.length > 0) await apply(roleManifests(permissions, { name: user.name, subject: { kind: 'User', name: user.name } }));
  };
  const diagnoseAs = (user: User, namespaces: readonly string[] = []): Promise<Report> =>
    diagnose(
      configSchema.parse({ kubernetes: { kubeconfig: user.kubeconfig, namespaces: [...namespaces] } }),
      testHost({ now: Date.now() }),
      { version: 'test' },
    );
  const missingIn = (report: Report): MissingPermission[] =>
    report.missingPermissions.map(({ context: _context, ...permission }) => permission);
  /** Roles take effect some milliseconds after they were written: asks until the answer is as expected, or shows what it is. */
  const settle = async (user: User, expected: readonly MissingPermission[], namespaces: readonly string[] = []): Promise<Report> => {
    const sorted = (permissions: readonly MissingPermission[]): string[] => permissions.map((one) => JSON.stringify(one)).sort();
    let report = await diagnoseAs(user, namespaces);
    await expect
      .poll(
        async () => {
          report = await diagnoseAs(user, namespaces);
          return sorted(missingIn(report));
        },
        { timeout: 10_000, interval: 100 },
      )
      .toEqual(sorted(expected));
    return report;
  };
  /** Applies what a report printed, bound as its comment says, and expects that nothing is missing any more. */
  const restore = async (user: User, report: Report, namespaces: readonly string[] = [], alsoIn: readonly string[] = []): Promise<void> => {
    await apply(report.permissionManifest);
    const roles: string[][] = [];
    if (/^kind: ClusterRole$/m.test(report.permissionManifest)) roles.push(['clusterrole']);
    for (const at of [...namespaces, ...alsoIn]) {
      if (new RegExp(`^ {2}namespace: ${at}$`, 'm').test(report.permissionManifest)) roles.push(['role', '-n', at]);
    }
    for (const [kind = '', ...where] of roles) {
      await kubectl('create', `${kind}binding`, `restore-${user.name}`, ...where, `--${kind}=agentops-diagnose`, `--user=${user.name}`);
    }
    await settle(user, [], namespaces);
    for (const [kind = '', ...where] of roles) {
      await kubectl('delete', `${kind}binding`, `restore-${user.name}`, ...where);
      await kubectl('delete', kind, 'agentops-diagnose', ...where);
    }
  };

  beforeAll(async () => {
    own = await startServers({ only: ['kubernetes'], build: false, kubernetes: { seed: false } });
    api = new KubernetesApi({ url: server().url, caFile: server().caFile, token: server().tokens.admin });
    for (const name of ['agents', 'istio-system']) await api.create('/api/v1/namespaces', namespace(name));
  });
  afterAll(async () => {
    api?.close();
    await own?.stop();
  });

  it('without custom resources, nothing of theirs is missed', async () => {
    const user = freshUser();
    const served = needed.filter(({ group }) => !customResources.some((custom) => custom.group === group));
    const report = await settle(user, served);
    expect(report.verdict).toBe('unknown');
    await restore(user, report);
  });

  describe('with the custom resources that are looked for', () => {
    beforeAll(() =>
      installCustomResources(
        api,
        customResources.filter(({ group }) => group !== calicoCrds),
      ),
    );

    const cases = needed.filter(({ group }) => group !== calicoCrds);
    it.each(cases.map((permission) => [title(permission), permission] as const))(
      'only “%s” is missing, and the printed role restores it',
      async (_title, permission) => {
        const user = freshUser();
        await grant(
          needed.filter((other) => other !== permission),
          user,
        );
        const report = await settle(user, [permission]);
        expect(report.verdict).not.toBe('healthy');
        const results = report.categories.flatMap(({ checks }) => checks);
        for (const id of checksThatNeed(permission)) {
          expect(results.find((result) => result.id === id)).toMatchObject({ status: 'unknown' });
        }
        await restore(user, report);
      },
    );

    it('all are missing, and the printed role restores them', async () => {
      const user = freshUser();
      await restore(user, await settle(user, cases));
    });

    it('in one namespace all are missing, and the printed roles restore them', async () => {
      const user = freshUser();
      const namespaces = ['agents'];
      const inNamespace = permissionsFor(wantedEvidence(allChecks), namespaces).filter(({ group }) => group !== calicoCrds);
      const report = await settle(user, inNamespace, namespaces);
      // Mesh-wide policies live in Istio's own namespace, which is read though nobody named it.
      await restore(user, report, namespaces, ['istio-system']);
    });

    describe('with Calico’s definitions besides its API', () => {
      beforeAll(() =>
        installCustomResources(
          api,
          customResources.filter(({ group }) => group === calicoCrds),
        ),
      );

      it.each(needed.filter(({ group }) => group === calicoCrds).map((permission) => [title(permission), permission] as const))(
        'only “%s” is missing, and the printed role restores it',
        async (_title, permission) => {
          const user = freshUser();
          await grant(
            needed.filter((other) => other !== permission),
            user,
          );
          await restore(user, await settle(user, [permission]));
        },
      );
    });
  });
});
