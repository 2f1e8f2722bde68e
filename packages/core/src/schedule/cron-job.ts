import { scalar } from '../permissions/manifests.ts';
import type { SecretMount } from './in-pod.ts';
import type { Job } from './jobs.ts';

export interface CronJobOptions {
  readonly namespace: string;
  readonly image: string;
  readonly serviceAccount: string;
  readonly configMap: string;
  readonly timeZone: string;
  readonly envSecret: string;
  readonly variables: readonly string[];
  readonly mounts: readonly SecretMount[];
  readonly stateClaim: string | undefined;
  /** Mount the account's token. */
  readonly token: boolean;
}

/** The user that the image runs as, too. */
const user = 65532;

/** One CronJob; its pods pass the restricted Pod Security Standard. */
export function cronJob(job: Job, options: CronJobOptions): string {
  const name = `agentops-${job.name}`;
  const labels = (indent: string): string =>
    `${indent}labels:\n${indent}  app.kubernetes.io/name: agentops\n${indent}  app.kubernetes.io/component: ${job.name}`;
  const claim = job.name === 'cost' ? options.stateClaim : undefined;
  return `${job.why.map((line) => `# ${line}`).join('\n')}
apiVersion: batch/v1
kind: CronJob
metadata:
  name: ${name}
  namespace: ${scalar(options.namespace)}
${labels('  ')}
spec:
  schedule: ${JSON.stringify(job.cron.text)}
  timeZone: ${JSON.stringify(options.timeZone)}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: ${job.lateSeconds}
  successfulJobsHistoryLimit: ${job.name === 'cost' ? 4 : 1}
  failedJobsHistoryLimit: 3
  jobTemplate:
    metadata:
${labels('      ')}
    spec:
      # ${retry[job.name]}
      backoffLimit: 0
      # The run's own deadline comes before this one.
      activeDeadlineSeconds: ${job.limitSeconds}
      template:
        metadata:
${labels('          ')}
${
  job.name === 'secrets'
    ? '          annotations:\n            # A run in the middle is safe and goes on later; it need not be provoked.\n            cluster-autoscaler.kubernetes.io/safe-to-evict: "false"\n'
    : ''
}        spec:
          serviceAccountName: ${scalar(`${options.serviceAccount}-${job.name}`)}
          automountServiceAccountToken: ${options.token}
          enableServiceLinks: false
          restartPolicy: Never
          # Told to stop, it stops ${job.name === 'secrets' ? 'as after Ctrl-C: at the next safe boundary' : 'at once'}.
          terminationGracePeriodSeconds: ${job.graceSeconds}
          securityContext:
            runAsNonRoot: true
            runAsUser: ${user}
            runAsGroup: ${user}
            fsGroup: ${user}
            seccompProfile:
              type: RuntimeDefault
          containers:
            - name: agentops
              image: ${JSON.stringify(options.image)}
              imagePullPolicy: IfNotPresent
              args: [${job.args.map((arg) => JSON.stringify(arg)).join(', ')}]
              env:
${environment(options)}
              resources:
                requests: { cpu: 100m, memory: 128Mi }
                limits: { cpu: "1", memory: 512Mi }
              securityContext:
                # Core dumps would hold values: a rotation switches them off for itself, and no file system but these can be written.
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop: [ALL]
              volumeMounts:
                - { name: config, mountPath: /etc/agentops/config, readOnly: true }
                - { name: tmp, mountPath: /tmp }
                - { name: state, mountPath: /state }
${options.mounts.map(({ path }, index) => `                - { name: files-${index}, mountPath: ${JSON.stringify(path)}, readOnly: true }\n`).join('')}          volumes:
            - { name: config, configMap: { name: ${options.configMap} } }
            - { name: tmp, emptyDir: { sizeLimit: 64Mi } }
            - { name: state, ${claim === undefined ? 'emptyDir: { sizeLimit: 256Mi }' : `persistentVolumeClaim: { claimName: ${JSON.stringify(claim)} }`} }
${options.mounts.map(({ secret }, index) => `            - { name: files-${index}, secret: { secretName: ${JSON.stringify(secret)}, defaultMode: 288 } } # 0440\n`).join('')}`;
}

const retry: Readonly<Record<Job['name'], string>> = {
  secrets: 'Not tried again at once: the next run takes up what this one left, from its journal.',
  diagnose: 'Not tried again at once: what it found is its result.',
  cost: 'Not tried again at once: a report that could not be made needs a look.',
};

function environment({ envSecret, variables }: CronJobOptions): string {
  const plain = { AGENTOPS_CONFIG: '/etc/agentops/config/agentops.yaml', HOME: '/tmp', XDG_STATE_HOME: '/state' };
  const entries = [
    ...Object.entries(plain).map(([name, value]) => `- { name: ${name}, value: ${JSON.stringify(value)} }`),
    ...variables.map(
      (name) =>
        `- { name: ${JSON.stringify(name)}, valueFrom: { secretKeyRef: { name: ${JSON.stringify(envSecret)}, key: ${JSON.stringify(name)} } } }`,
    ),
  ];
  return entries.map((entry) => `                ${entry}`).join('\n');
}
