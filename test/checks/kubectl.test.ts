import { expect, test } from 'vitest';
import { kubectl, shellQuote } from '../../packages/core/src/checks/kubectl.ts';

test.each([
  ['pod/x-1', 'pod/x-1'],
  ['', "''"],
  ['a b', "'a b'"],
  ["it's", "'it'\\''s'"],
  ['$(reboot)', "'$(reboot)'"],
  ['jsonpath={.metadata.finalizers}', "'jsonpath={.metadata.finalizers}'"],
])('shellQuote(%s) is %s', (argument, expected) => expect(shellQuote(argument)).toBe(expected));

test('context and namespace come first', () => {
  expect(kubectl('prod-eu', 'agents', 'describe', 'pod', 'code-gen-1')).toBe('kubectl --context prod-eu -n agents describe pod code-gen-1');
});

test('an unusual context is quoted', () => {
  expect(kubectl('admin@my cluster', undefined, 'get', 'nodes')).toBe("kubectl --context 'admin@my cluster' get nodes");
});

test('no context is named where kubeconfig has none', () => {
  expect(kubectl(undefined, undefined, 'get', 'nodes')).toBe('kubectl get nodes');
  expect(kubectl('in-cluster', 'agents', 'get', 'pods')).toBe('kubectl -n agents get pods');
});
