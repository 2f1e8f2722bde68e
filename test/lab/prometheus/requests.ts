/** Requests to the other endpoints whose answers must be those of a real Prometheus with the same series and nothing to scrape. */
export const requests: readonly string[] = [
  '/api/v1/query',
  '/api/v1/query?query=1&time=abc',
  '/api/v1/query?query=1&timeout=x',
  '/api/v1/query?query=1%2B',
  '/api/v1/query?query=vector(1)&time=1.5',
  '/api/v1/query?query=vector(1)&time=2026-11-21T13:00:00.123Z',
  '/api/v1/query?query=vector(1)&time=2026-11-21T15:00:00%2B02:00&timeout=30s&limit=1',
  '/api/v1/query?query=time()&time=1.0004',
  '/api/v1/query_range?query=1&start=1&end=0&step=1',
  '/api/v1/query_range?query=1&start=1&end=10&step=0',
  '/api/v1/query_range?query=1&start=1&end=10&step=x',
  '/api/v1/query_range?query=1&start=&end=10&step=1',
  '/api/v1/query_range?query=1&start=1&end=20000&step=1',
  '/api/v1/query_range?query=1%2B&start=1&end=2&step=1',
  '/api/v1/query_range?query=time()&start=1&end=300.5&step=1m30s',
  '/api/v1/query_range?query=1&start=5&end=5&step=1',
  '/api/v1/series',
  '/api/v1/series?match[]=up',
  '/api/v1/series?match[]=up&match[]=%7Bagent_type%3D%22coder%22,__name__%3D~%22up%7Cagent_info%22%7D',
  '/api/v1/series?match[]=no_such_metric',
  '/api/v1/series?match[]=up&start=x',
  '/api/v1/series?match[]=%7B%7D',
  '/api/v1/labels',
  '/api/v1/labels?match[]=up',
  '/api/v1/labels?match[]=%7B%7D',
  '/api/v1/label/__name__/values',
  '/api/v1/label/agent_type/values',
  '/api/v1/label/agent_type/values?match[]=up%7Bnamespace%3D%22prod%22%7D',
  '/api/v1/label/no_such_label/values',
  '/api/v1/label/1x/values',
  '/api/v1/metadata',
  '/api/v1/metadata?limit=x',
  '/api/v1/targets',
  '/api/v1/targets?state=active',
  '/api/v1/targets?state=nonsense',
  '/api/v1/rules',
  '/api/v1/rules?type=x',
  '/api/v1/alerts',
  '/api/v1/no_such_endpoint',
  '/no_such_path',
  '/-/healthy',
  '/-/ready',
];

/** What is compared of an answer. Lists of objects are put in order: the order of series is not specified. */
export interface Reply {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: unknown;
}

export async function request(url: string, path: string): Promise<Reply> {
  const response = await fetch(url + path);
  const contentType = response.headers.get('content-type');
  const text = await response.text();
  return { status: response.status, contentType, body: contentType === 'application/json' ? inOrder(JSON.parse(text)) : text };
}

function inOrder(body: unknown): unknown {
  const { data } = body as { data?: unknown };
  if (!Array.isArray(data) || typeof data[0] !== 'object') return body;
  const lines = data.map((row: Record<string, string>) => JSON.stringify(Object.entries(row).sort()));
  return { ...(body as object), data: lines.sort() };
}
