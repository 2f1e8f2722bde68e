declare const AGENTOPS_VERSION: string;

/** The version of the CLI, put in by the build. */
export const version = typeof AGENTOPS_VERSION === 'string' ? AGENTOPS_VERSION : '0.0.0-source';
