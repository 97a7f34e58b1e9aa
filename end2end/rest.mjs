// The REST API, for what a test needs to be there before it opens a page.
import { PASSWORD } from './server.mjs';

// Resolves with a function that calls the API in a project, as the person of that name at example.com: a role, or somebody
// whom a test made.
export async function rest(origin = process.env.PROMPTORY_TEST_URL, person = 'super_admin', project = 'default') {
  const headers = { 'content-type': 'application/json', 'promptory-project': project };
  const call = async (method, path, body) => {
    const reply = await fetch(`${origin}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
    const answer = reply.status === 204 ? null : await reply.json();
    if (!reply.ok) throw new Error(`${method} ${path} answered ${reply.status}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const { access_token } = await call('POST', '/auth/token', { email: `${person}@example.com`, password: PASSWORD });
  headers.authorization = `Bearer ${access_token}`;
  return call;
}

// Makes a template of one version; resolves with its key and with what calls the API: what is given, or a super admin.
export async function newTemplate(name, more = {}, given) {
  const [key, call] = [unique(name), given ?? (await rest())];
  await call('POST', '/admin/prompts/templates', { name: key, display_name: 'Made for a test', kind: 'single_shot', template_text: 'Hello.', ...more });
  return { key, call };
}

// A key that no other test, and no repetition of this one, uses.
export function unique(key) {
  return `${key}_${Math.random().toString(36).slice(2, 10)}`;
}
