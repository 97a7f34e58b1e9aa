// The REST API, for what a test needs to be there before it opens a page.
import { PASSWORD } from './server.mjs';

// Resolves with a function that calls the API as a person of the role.
export async function rest(origin = process.env.PROMPTORY_TEST_URL, role = 'super_admin') {
  const headers = { 'content-type': 'application/json' };
  const call = async (method, path, body) => {
    const reply = await fetch(`${origin}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
    const answer = await reply.json();
    if (!reply.ok) throw new Error(`${method} ${path} answered ${reply.status}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const { access_token } = await call('POST', '/auth/token', { email: `${role}@example.com`, password: PASSWORD });
  headers.authorization = `Bearer ${access_token}`;
  return call;
}

// A key that no other test, and no repetition of this one, uses.
export function unique(key) {
  return `${key}_${Math.random().toString(36).slice(2, 10)}`;
}
