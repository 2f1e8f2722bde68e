import { describe, expect, it } from 'vitest';
import {
  isOfFamily,
  namesOf,
  newestOf,
  secretReferences,
  templateReferences,
  versionIn,
} from '../../../packages/core/src/secrets/kubernetes/references.ts';

describe('versions of a Secret', () => {
  it.each([
    ['key-v1', 'key', 1],
    ['key-v120', 'key', 120],
    ['key-v2-v3', 'key-v2', 3],
    ['key', 'key', undefined],
    ['key-v', 'key', undefined],
    ['key-v01', 'key', undefined],
    ['key-v0', 'key', undefined],
    ['key-v1a', 'key', undefined],
    ['key-v-1', 'key', undefined],
    ['key-v2-v3', 'key', undefined],
    ['other-v1', 'key', undefined],
    ['key-v1234567890123456', 'key', undefined],
  ])('%s of %s', (name, family, expected) => {
    expect(versionIn(name, family)).toBe(expected);
    expect(isOfFamily(name, family)).toBe(expected !== undefined || name === family);
  });

  it('count by number, the plain one last', () => {
    expect(newestOf(['key', 'key-v9', 'key-v10', 'key-v2'], 'key')).toBe('key-v10');
    expect(newestOf(['key'], 'key')).toBe('key');
    expect(newestOf([], 'key')).toBeUndefined();
  });
});

describe('references of a pod to Secrets', () => {
  it('are found wherever a pod may name one', () => {
    const from = (name: string) => ({ valueFrom: { secretKeyRef: { name, key: 'k' } } });
    const spec = {
      initContainers: [{ env: [{ name: 'A', ...from('init-env') }] }],
      containers: [
        null,
        {
          env: [
            { name: 'PLAIN', value: 'secretKeyRef' },
            { name: 'MAP', valueFrom: { configMapKeyRef: { name: 'not-this' } } },
            { name: 'B', ...from('env') },
          ],
          envFrom: [{ configMapRef: { name: 'not-this' } }, { secretRef: { name: 'env-from' } }],
        },
      ],
      ephemeralContainers: [{ envFrom: [{ secretRef: { name: 'debug' } }] }],
      volumes: [
        { name: 'a', secret: { secretName: 'volume' } },
        { name: 'b', configMap: { name: 'not-this' } },
        { name: 'c', projected: { sources: [{ configMap: { name: 'not-this' } }, { secret: { name: 'projected' } }] } },
        { name: 'd', csi: { driver: 'x', nodePublishSecretRef: { name: 'csi' } } },
        { name: 'e', azureFile: { secretName: 'azure' } },
        { name: 'f', rbd: { secretRef: { name: 'rbd' } } },
      ],
      imagePullSecrets: [{ name: 'pull' }, {}],
    };
    expect(secretReferences(spec, '/spec')).toEqual([
      { pointer: '/spec/initContainers/0/env/0/valueFrom/secretKeyRef/name', name: 'init-env' },
      { pointer: '/spec/containers/1/env/2/valueFrom/secretKeyRef/name', name: 'env' },
      { pointer: '/spec/containers/1/envFrom/1/secretRef/name', name: 'env-from' },
      { pointer: '/spec/ephemeralContainers/0/envFrom/0/secretRef/name', name: 'debug' },
      { pointer: '/spec/volumes/0/secret/secretName', name: 'volume' },
      { pointer: '/spec/volumes/2/projected/sources/1/secret/name', name: 'projected' },
      { pointer: '/spec/volumes/3/csi/nodePublishSecretRef/name', name: 'csi' },
      { pointer: '/spec/volumes/4/azureFile/secretName', name: 'azure' },
      { pointer: '/spec/volumes/5/rbd/secretRef/name', name: 'rbd' },
      { pointer: '/spec/imagePullSecrets/0/name', name: 'pull' },
    ]);
  });

  it('of a family alone count in a template; odd objects have none', () => {
    const containers = [{ envFrom: [{ secretRef: { name: 'key-v3' } }, { secretRef: { name: 'keys' } }, { secretRef: { name: 'key' } }] }];
    const found = templateReferences({ spec: { template: { spec: { containers } } } }, 'key');
    expect(namesOf(found)).toEqual(['key-v3', 'key']);
    for (const odd of [{}, { spec: null }, { spec: { template: { spec: { containers: 'x', volumes: [1], imagePullSecrets: {} } } } }]) {
      expect(templateReferences(odd, 'key')).toEqual([]);
    }
  });
});
