import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Raw } from '../../../packages/core/src/evidence/kubernetes/raw.ts';
import { namesOf, templateReferences } from '../../../packages/core/src/secrets/kubernetes/references.ts';
import {
  patchBack,
  patchForward,
  rotationOf,
  type TemplateChange,
  templateOf,
} from '../../../packages/core/src/secrets/kubernetes/template-patch.ts';
import { jsonPatch } from '../../../packages/lab/src/kubernetes/patch.ts';

const pointer = '/spec/template/spec/containers/0/envFrom/0/secretRef/name';
const annotation = '/spec/template/metadata/annotations/agentops.dev~1rotation';

function workload(name: string, annotations?: Record<string, string> | null): Raw {
  return {
    metadata: { resourceVersion: '17' },
    spec: {
      template: {
        metadata: { labels: { app: 'a' }, ...(annotations === undefined ? {} : { annotations }) },
        spec: { containers: [{ envFrom: [{ secretRef: { name } }] }] },
      },
    },
  };
}

const change = (overrides: Partial<TemplateChange> = {}): TemplateChange => ({
  family: 'key',
  to: 'key-v5',
  rotation: 'openai/1',
  label: 'Deployment agents/a',
  record: { kind: 'Deployment', namespace: 'agents', name: 'a', references: [{ pointer, name: 'key' }] },
  ...overrides,
});

describe('the way to a new Secret', () => {
  it('tests what it replaces', () => {
    expect(patchForward(workload('key', { 'example.com/other': 'x' }), change())).toEqual([
      { op: 'test', path: pointer, value: 'key' },
      { op: 'replace', path: pointer, value: 'key-v5' },
      { op: 'add', path: annotation, value: 'openai/1' },
    ]);
    expect(patchForward(workload('key', { 'agentops.dev/rotation': 'openai/0' }), change()).slice(2)).toEqual([
      { op: 'test', path: annotation, value: 'openai/0' },
      { op: 'add', path: annotation, value: 'openai/1' },
    ]);
  });

  it('makes a map of annotations only in the very object that was read', () => {
    for (const none of [undefined, null]) {
      expect(patchForward(workload('key', none), change()).slice(2)).toEqual([
        { op: 'test', path: '/metadata/resourceVersion', value: '17' },
        { op: 'add', path: '/spec/template/metadata/annotations', value: { 'agentops.dev/rotation': 'openai/1' } },
      ]);
    }
    const bare = { metadata: { resourceVersion: '17' }, spec: { template: { spec: { imagePullSecrets: [{ name: 'key' }] } } } };
    expect(patchForward(bare, change()).at(-1)).toEqual({
      op: 'add',
      path: '/spec/template/metadata',
      value: { annotations: { 'agentops.dev/rotation': 'openai/1' } },
    });
  });

  it('changes nothing the second time', () => {
    expect(patchForward(workload('key-v5', { 'agentops.dev/rotation': 'openai/1' }), change())).toEqual([]);
  });

  it('takes a reference that moved, and one that came after', () => {
    const containers = [{}, { envFrom: [{ secretRef: { name: 'key' } }] }, { env: [{ valueFrom: { secretKeyRef: { name: 'key' } } }] }];
    const moved = { spec: { template: { metadata: { annotations: {} }, spec: { containers } } } };
    const after = jsonPatch(moved, patchForward(moved, change())) as Raw;
    expect(templateReferences(after, 'key').map(({ name }) => name)).toEqual(['key-v5', 'key-v5']);
  });

  it('overwrites nobody', () => {
    expect(() => patchForward(workload('key-v9', {}), change())).toThrow(
      'Deployment agents/a was pointed to Secret key-v9 by somebody else',
    );
    expect(() => patchForward(workload('unrelated', {}), change())).toThrow('Deployment agents/a does not refer to Secret key any more');
  });

  it('in place restarts the pods alone', () => {
    expect(patchForward(workload('key', {}), change({ to: 'key' }))).toEqual([{ op: 'add', path: annotation, value: 'openai/1' }]);
  });
});

describe('the way back', () => {
  it('leaves alone what is not ours', () => {
    expect(patchBack(workload('key', {}), change(), false)).toEqual([]);
    expect(patchBack(workload('key-v9', { 'agentops.dev/rotation': 'openai/2' }), change(), false)).toEqual([]);
  });

  it('puts the annotation of before back', () => {
    const record = { ...change().record, annotation: 'openai/0' };
    expect(patchBack(workload('key-v5', { 'agentops.dev/rotation': 'openai/1' }), change({ record }), false)).toEqual([
      { op: 'test', path: pointer, value: 'key-v5' },
      { op: 'replace', path: pointer, value: 'key' },
      { op: 'test', path: annotation, value: 'openai/1' },
      { op: 'replace', path: annotation, value: 'openai/0' },
    ]);
  });

  it('in place restarts the pods once more, and that once', () => {
    const back = patchBack(workload('key', { 'agentops.dev/rotation': 'openai/1' }), change({ to: 'key' }), true);
    expect(back).toEqual([
      { op: 'test', path: annotation, value: 'openai/1' },
      { op: 'add', path: annotation, value: 'openai/1/back' },
    ]);
    expect(patchBack(workload('key', { 'agentops.dev/rotation': 'openai/1/back' }), change({ to: 'key' }), true)).toEqual([]);
  });

  it('ends where the way there began, whatever the template', () => {
    const name = fc.constantFrom('key', 'key-v3', 'key-v4', 'other');
    const container = fc.record({
      env: fc.array(
        fc.oneof(
          fc.constant({ value: 'x' }),
          name.map((n) => ({ valueFrom: { secretKeyRef: { name: n, key: 'k' } } })),
        ),
      ),
      envFrom: fc.array(name.map((n) => ({ secretRef: { name: n } }))),
    });
    const annotations = fc.dictionary(fc.constantFrom('a/b', 'agentops.dev/rotation', 'c'), fc.string({ minLength: 1 }));
    const template = fc.record({
      metadata: fc.record({ annotations }),
      spec: fc.record({ containers: fc.array(container), volumes: fc.array(name.map((n) => ({ secret: { secretName: n } }))) }),
    });
    fc.assert(
      fc.property(template, (made) => {
        const before: Raw = { metadata: { resourceVersion: '1' }, spec: { template: made } };
        const references = templateReferences(before, 'key');
        fc.pre(references.length > 0);
        const annotated = rotationOf(templateOf(before));
        const record = { ...change().record, references: [...references], ...(annotated === undefined ? {} : { annotation: annotated }) };
        const its = change({ record });
        const there = jsonPatch(before, patchForward(before, its)) as Raw;
        expect(namesOf(templateReferences(there, 'key'))).toEqual(['key-v5']);
        expect(patchForward(there, its)).toEqual([]);
        expect(jsonPatch(there, patchBack(there, its, false))).toEqual(before);
      }),
    );
  });
});
