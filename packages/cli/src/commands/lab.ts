export async function lab(): Promise<void> {
  throw new Error('the lab is being built');
}
