/** Layers as rules: model ← checks, render, planning ← evidence ← runs ← cli. */
const pure = '^packages/core/src/(model|checks|render)/';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circular', comment: 'a cycle is two modules that are one', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-stays-pure',
      comment: 'model, checks and render are functions of their input: no file, no network, no client library',
      severity: 'error',
      from: { path: pure },
      to: {
        path: ['^(node:)?(fs|net|http|https|http2|tls|dns|child_process|worker_threads)', 'node_modules/(axios|redis|@redis|@kubernetes)/'],
      },
    },
    {
      name: 'model-knows-nobody',
      comment: 'everything depends on the model, so the model depends on nothing of ours',
      severity: 'error',
      from: { path: '^packages/core/src/model/' },
      to: { path: '^packages/core/src/(checks|config|diagnose|evidence|render)/' },
    },
    {
      name: 'checks-see-evidence-as-data',
      comment: 'a check is handed evidence; it never fetches any',
      severity: 'error',
      from: { path: '^packages/core/src/checks/' },
      to: { path: '^packages/core/src/(evidence|diagnose|render|config)/' },
    },
    {
      name: 'render-sees-the-report-alone',
      comment: 'a renderer turns a report into text; what is not in the report cannot be shown',
      severity: 'error',
      from: { path: '^packages/core/src/render/' },
      to: { path: '^packages/core/src/(evidence|diagnose|checks|config)/' },
    },
    {
      name: 'evidence-below-runs',
      comment: 'a source answers the run; it does not know it',
      severity: 'error',
      from: { path: '^packages/core/src/evidence/' },
      to: { path: '^packages/core/src/diagnose/' },
    },
    {
      name: 'core-knows-no-face',
      comment: 'the CLI and the editor call core, never the other way round',
      severity: 'error',
      from: { path: '^packages/core/' },
      to: { path: '^(packages/(cli|lab)|extension)/' },
    },
    {
      name: 'lab-speaks-protocols-alone',
      comment: 'the lab must not share code with what it tests, or both would be wrong together',
      severity: 'error',
      from: { path: '^packages/lab/' },
      to: { path: '^(packages/(cli|core)|extension)/' },
    },
    {
      name: 'cli-through-exports',
      comment: 'the CLI uses core and lab as packages, not by their paths',
      severity: 'error',
      from: { path: '^packages/cli/' },
      to: { path: '^packages/(core|lab)/', dependencyTypes: ['local'] },
    },
    {
      name: 'no-orphans',
      comment: 'a file that nobody imports is dead',
      severity: 'error',
      from: { orphan: true, path: '^packages/', pathNot: ['/main\\.ts$'] },
      to: {},
    },
  ],
  options: {
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
