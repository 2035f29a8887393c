import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { readSettings, settingsFor } from '../../src/platform/config/settings.module';
import { ServerSettings } from '../../src/platform/config/settings/server.settings';
import { startTestApp } from '../support/test-app';

const ROOT = join(__dirname, '..', '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
/** What endOnSignals() gives those that had begun. */
const DRAIN_SECONDS = 10;

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
interface Container {
  readonly image: string;
  readonly command?: readonly string[];
  readonly envFrom: readonly { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  readonly ports: readonly { name: string; containerPort: number }[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly startupProbe: Probe;
  readonly securityContext: object;
}
interface PodTemplate {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: { readonly terminationGracePeriodSeconds: number; readonly containers: readonly [Container] };
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name?: string };
  readonly data: Record<string, string>;
  readonly stringData: Record<string, string>;
  readonly spec: {
    readonly template: PodTemplate;
    readonly selector: Record<string, string> & { matchLabels: Record<string, string> };
    readonly podSelector: { matchLabels: Record<string, string> };
    readonly replicas: number;
    readonly minAvailable: number;
    readonly ports: readonly { port: number; targetPort: string }[];
    readonly ingress: readonly { ports: readonly { port: string }[] }[];
  };
}
interface Compose {
  readonly services: Record<
    string,
    { command: string[]; environment: Record<string, unknown>; ports: string[]; stop_grace_period: string }
  >;
}

const files = ['countersign.yaml', 'migrate.yaml', 'secret.example.yaml'];
const manifests = files.flatMap((file) =>
  parseAllDocuments(read(`ops/kubernetes/${file}`)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  }),
);
const one = (kind: string) => {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  expect(found).toHaveLength(1);
  return found[0]!;
};
const compose = parse(read('compose.yaml'), { merge: true }) as Compose;

describe('The manifests for Kubernetes', () => {
  const pod = one('Deployment').spec.template;
  const [container] = pod.spec.containers;
  const [migration] = one('Job').spec.template.spec.containers;
  const config = one('ConfigMap').data;
  const secret = one('Secret').stringData;

  it('name settings that there are, each in one place, and all that compose.yaml gives', () => {
    const known = new Set([...read('.env.example').matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name));
    const given = [...Object.keys(config), ...Object.keys(secret)];
    expect(given.filter((name) => !known.has(name))).toEqual([]);
    expect(new Set(given).size).toBe(given.length);
    const composed = Object.keys(compose.services['countersign']!.environment);
    expect(composed.length).toBeGreaterThan(5);
    expect(composed.filter((name) => !given.includes(name))).toEqual([]);
    for (const each of [container, migration])
      expect(each.envFrom).toEqual([
        { configMapRef: { name: one('ConfigMap').metadata.name } },
        { secretRef: { name: one('Secret').metadata.name } },
      ]);
  });

  it('are a configuration that production takes, once the secrets are filled in', () => {
    const filled = { ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`, METRICS_TOKEN: 'a'.repeat(64) };
    const settings = readSettings({ ...config, ...secret, ...filled });
    expect(settingsFor(settings, ServerSettings)).toMatchObject({ isProduction: true, port: 3000, host: '0.0.0.0' });
    expect(() => readSettings({ ...config, ...secret })).toThrow('ENCRYPTION_KEYS');
  });

  it('leave the time to stop that the service takes, as compose.yaml does', () => {
    const needed = Number(config['SHUTDOWN_DELAY']) + DRAIN_SECONDS;
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(needed);
    expect(pod.spec.terminationGracePeriodSeconds).toBe(
      parseInt(compose.services['countersign']!.stop_grace_period, 10),
    );
  });

  it('probe routes that there are: liveness the one that asks no database', async () => {
    const probes = [container.livenessProbe, container.startupProbe, container.readinessProbe];
    expect(probes.map(({ httpGet }) => httpGet.path)).toEqual(['/health/live', '/health/live', '/health/ready']);
    const app = await startTestApp({ env: { DOCS: 'off' } });
    try {
      for (const { httpGet } of probes) {
        expect(app.routes).toContain(`GET ${httpGet.path}`);
        expect(container.ports.map(({ name }) => name)).toContain(httpGet.port);
      }
    } finally {
      await app.close();
    }
  });

  it('use the port of compose.yaml throughout', () => {
    const port = Number(config['PORT']);
    expect(compose.services['countersign']!.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(container.ports).toEqual([{ name: 'http', containerPort: port }]);
    expect(one('Service').spec.ports).toMatchObject([{ port, targetPort: 'http' }]);
    expect(one('NetworkPolicy').spec.ingress[0]!.ports).toMatchObject([{ port: 'http' }]);
  });

  it('select the pods that they are about, and leave one while nodes are drained', () => {
    const labels = Object.entries(pod.metadata.labels);
    const { spec: deployment } = one('Deployment');
    const { spec: budget } = one('PodDisruptionBudget');
    for (const selector of [
      deployment.selector.matchLabels,
      budget.selector.matchLabels,
      one('Service').spec.selector,
      one('NetworkPolicy').spec.podSelector.matchLabels,
    ])
      expect(labels).toEqual(expect.arrayContaining(Object.entries(selector)));
    expect(one('Job').spec.template.metadata.labels).not.toMatchObject(one('Service').spec.selector);
    expect(budget.minAvailable).toBeLessThan(deployment.replicas);
  });

  it('migrate by the command and the image of the same release', () => {
    expect(migration.command).toEqual(compose.services['migrate']!.command);
    expect(migration.image).toBe(container.image);
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(container.image).toBe(`countersign:${version}`);
    for (const { securityContext } of [container, migration])
      expect(securityContext).toMatchObject({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
  });
});
