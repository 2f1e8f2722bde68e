import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { reasonOf, refusedBy } from '../../../packages/core/src/secrets/kubernetes/cluster-failure.ts';
import { kinds } from '../../../packages/core/src/secrets/kubernetes/kinds.ts';

describe('what an API server refuses', () => {
  const asked = { verb: 'patch', kind: kinds.Deployment, namespace: 'agents', name: 'web' } as const;
  const body = (reason: string, message = 'the value is cnry-in-a-message') => ({
    kind: 'Status',
    reason,
    message,
    details: { causes: [{ message: 'cnry' }] },
  });
  it.each([
    [401, body('Unauthorized'), 'transient', 'patch Deployment agents/web: the login was refused'],
    [403, body('Forbidden'), 'transient', 'not allowed to patch Deployment agents/web'],
    [
      403,
      body('Forbidden', 'secrets "x" is forbidden: exceeded quota: q, requested: cnry'),
      'transient',
      'Deployment agents/web: a quota of namespace agents is used up',
    ],
    [404, body('NotFound'), 'conflict', 'Deployment agents/web is not there'],
    [409, body('Conflict'), 'conflict', 'Deployment agents/web was changed by somebody else meanwhile'],
    [409, body('AlreadyExists'), 'conflict', 'Deployment agents/web exists already'],
    [422, body('Invalid'), 'refused', 'the API server refuses to patch Deployment agents/web (422 Invalid)'],
    [413, undefined, 'refused', 'the API server refuses to patch Deployment agents/web (413 Status413)'],
    [
      400,
      body('BadRequest', 'admission webhook "pods.example.com" denied the request: cnry'),
      'refused',
      'the admission webhook pods.example.com refuses Deployment agents/web',
    ],
    [429, body('TooManyRequests'), 'transient', 'patch Deployment agents/web: the API server answers 429 TooManyRequests'],
    [500, body('InternalError'), 'transient', 'patch Deployment agents/web: the API server answers 500 InternalError'],
    [503, body('cnry is the reason'), 'transient', 'patch Deployment agents/web: the API server answers 503 Status503'],
  ])('%i', (status, answer, kind, message) => {
    const failure = refusedBy(asked, status, answer);
    expect(failure).toMatchObject({ kind, message });
    expect(`${inspect(failure)} ${JSON.stringify(failure)}`).not.toContain('cnry');
  });

  it('is told with the permission that is missing', () => {
    expect(refusedBy(asked, 403, undefined).hint).toBe('needs patch deployments.apps in namespace agents');
    expect(refusedBy({ verb: 'list', kind: kinds.Pod, namespace: 'agents', name: undefined }, 403, undefined)).toMatchObject({
      message: 'not allowed to list pods in namespace agents',
      hint: 'needs list pods in namespace agents',
    });
    expect(reasonOf(refusedBy(asked, 409, body('AlreadyExists')))).toBe('AlreadyExists');
    expect(reasonOf(new Error('x'))).toBeUndefined();
  });
});
