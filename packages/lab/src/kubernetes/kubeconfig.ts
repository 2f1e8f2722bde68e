import type { LabUser } from './authorize.ts';

export interface KubeconfigOptions {
  readonly url: string;
  readonly user: LabUser;
  /** PEM of the certificate that the server shows, where it speaks TLS. */
  readonly certificate?: string | undefined;
}

/** A kubeconfig with one context, `agentops-lab`. Values are JSON, which is YAML. */
export function kubeconfig({ url, user, certificate }: KubeconfigOptions): string {
  const quote = (value: string) => JSON.stringify(value);
  const authority = certificate === undefined ? '' : `\n      certificate-authority-data: ${Buffer.from(certificate).toString('base64')}`;
  return `# The agentops lab: a practice environment, not a cluster.
apiVersion: v1
kind: Config
current-context: agentops-lab
clusters:
  - name: agentops-lab
    cluster:
      server: ${quote(url)}${authority}
contexts:
  - name: agentops-lab
    context:
      cluster: agentops-lab
      user: ${quote(user.name)}
users:
  - name: ${quote(user.name)}
    user:
      token: ${quote(user.token)}
`;
}
