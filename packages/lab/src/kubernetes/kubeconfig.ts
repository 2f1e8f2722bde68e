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
  // The JavaScript client refuses plain HTTP unless it may skip verification.
  const trust =
    certificate === undefined
      ? '\n      insecure-skip-tls-verify: true'
      : `\n      certificate-authority-data: ${Buffer.from(certificate).toString('base64')}`;
  return `# The agentops lab: a practice environment, not a cluster.
apiVersion: v1
kind: Config
current-context: agentops-lab
clusters:
  - name: agentops-lab
    cluster:
      server: ${quote(url)}${trust}
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
