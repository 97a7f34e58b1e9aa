// Every page, as it is at first sight: no console error, nothing that axe finds, nothing wider than the screen.
import { readFileSync } from 'node:fs';
import { test, expect, expectAccessible, expectContrast, hydrated, logIn, writeMessage } from './fixtures.mjs';
import { newTemplate, rest } from './rest.mjs';
import { cli, startFresh } from './server.mjs';

let execution;

test.beforeAll(async () => {
  const key = cli(process.env.PROMPTORY_TEST_FOLDER, ['key', 'create', 'pages', '--environment', 'production']);
  const reply = await fetch(`${process.env.PROMPTORY_TEST_URL}/api/v1/prompts/render`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ template_name: 'core_values', variables: { user_name: '<b>Ada</b>' }, agent: 'pages' }),
  });
  execution = (await reply.json()).execution_id;
  expect(execution).toBeTruthy();
});

const PAGES = {
  home: '',
  templates: '/templates',
  'templates, filtered': '/templates?search=core&kind=conversation_coaching&sort=updated',
  'templates, none': '/templates?search=nothing-like-this',
  'a template': '/templates/core_values',
  'its content': '/templates/core_values?tab=content',
  'its label moves': '/templates/core_values?tab=timeline&show=label_move',
  'its effective text': '/templates/core_values/effective?label=production',
  'its dependencies': '/templates/core_values/graph',
  'how to use it': '/templates/core_values?tab=use',
  'its details': '/templates/core_values?tab=fields',
  'a new template': '/templates/new',
  'an edit': '/templates/core_values/edit',
  'an edit with a sample set': '/templates/core_values/edit?sample=Work%20focus,%20one%20story%20told',
  'a comparison': '/templates/core_values/diff?from=1&to=1',
  'a merge': '/templates/:key/merge',
  changes: '/changes?status=any',
  'a change request': '/changes/:number',
  'label policies': '/settings/policies',
  executions: '/executions',
  'an execution': '/executions/:id',
  audit: '/audit',
  people: '/settings/users',
  keys: '/settings/keys',
  'lint rules': '/settings/lint',
  'import and export': '/settings/files',
  sessions: '/settings/sessions',
};

// Pages of what a test makes first.
const MADE = {
  '/templates/:key/merge': (page) => conflict(page),
  '/changes/:number': () => proposal(),
  '/executions/:id': () => `/executions/${execution}`,
};

// What all of these are in, and the pages outside of it, which have a test each.
const FRAME = '/p/:project';
const OUTSIDE = ['/login', '/setup/:token'];

// An editor moves what is below it when it comes up.
async function atRest(page) {
  const texts = page.locator('.message-field');
  for (let n = 0; n < (await texts.count()); n++) await expect(texts.nth(n).locator('.view-lines')).toBeVisible();
}

// A draft over which somebody else saved a version.
async function conflict(page) {
  const { key, call } = await newTemplate('pages_merge', { template_text: 'Greet.' }, await rest(undefined, 'content_manager'));
  await page.goto(`/p/default/templates/${key}/edit`);
  await hydrated(page);
  await writeMessage(page, 1, 'Greet kindly.');
  await expect(page.getByText('Draft saved')).toBeVisible();
  await call('PUT', `/admin/prompts/templates/${key}`, { template_text: 'Greet by name.' });
  return `/templates/${key}/merge`;
}

// A change request with a review, for a label that is protected.
async function proposal() {
  const { key, call } = await newTemplate('pages_change');
  await call('PUT', '/admin/labels', { template: key, label: 'pages', version: 1 });
  await call('PUT', `/admin/prompts/templates/${key}`, { template_text: 'Hello {{ name }}.', parameters: [{ name: 'name', type: 'string', required: true }] });
  await call('PUT', '/admin/policies/pages', { required_approvals: 1, approvers: ['content_manager'], bypass: ['super_admin'] }).catch(() => {});
  const change = await call('POST', '/admin/changes', { title: 'By name', description: 'Kinder.', items: [{ template: key, label: 'pages', version: 2 }] });
  await (await rest(undefined, 'content_manager'))('POST', `/admin/changes/${change.number}/reviews`, { verdict: 'request_changes', body: 'Whose name?' });
  return `/changes/${change.number}`;
}

async function expectFine(page) {
  await expect(page.locator('h1').first()).toBeVisible();
  await hydrated(page);
  await atRest(page);
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectContrast(page);
  await page.setViewportSize({ width: 360, height: 800 });
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wider).toBeLessThanOrEqual(0);
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'light' });
  await expectContrast(page);
}

for (const [name, path] of Object.entries(PAGES)) {
  test(`${name}, in both themes and widths`, async ({ page }) => {
    await logIn(page);
    await page.goto(`/p/default${(await MADE[path]?.(page)) ?? path}`);
    await expectFine(page);
  });
}

test('every route of the product has its page here', () => {
  const source = readFileSync(new URL('../app/src/routes.rs', import.meta.url), 'utf8');
  const routes = [...source.matchAll(/path!\("([^"]*)"\)/g)].map(([, route]) => route).filter((route) => route !== FRAME);
  expect(routes.length).toBeGreaterThan(15);
  // A name goes before a pattern, as in the router: `/templates/new` is no template's page.
  const isAt = (route, path) => new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`).test(path);
  const routeOf = (path) => routes.find((route) => route === path) ?? routes.find((route) => isAt(route, path)) ?? path;
  const visited = Object.values(PAGES).map((path) => routeOf(path.split('?')[0] || '/'));
  expect([...new Set([...visited, ...OUTSIDE])].sort()).toEqual([...new Set(routes)].sort());
});

test('the log-in page, in both themes and widths', async ({ page }) => {
  await page.goto('/login');
  await expect(page.getByRole('button', { name: 'Log in' })).toBeVisible();
  await expectFine(page);
});

test('the set-up page, in both themes and widths', async ({ page }) => {
  const server = await startFresh();
  try {
    await page.goto(server.setup);
    await expect(page.getByRole('button', { name: 'Create account' })).toBeVisible();
    await expectFine(page);
  } finally {
    server.stop();
  }
});

test.describe('pages that are not there', () => {
  test.use({ allowed: ['404'] });
  for (const path of ['/p/default/templates/nothing', '/p/default/executions/00000000-0000-7000-8000-000000000000', '/p/other/templates']) {
    test(`${path} says so`, async ({ page }) => {
      await logIn(page);
      const response = await page.goto(path);
      expect(response.status()).toBe(404);
      await expect(page.getByText(/there is no such/i).first()).toBeVisible();
    });
  }
});

test.describe('addresses that no page has', () => {
  test.use({ allowed: ['404'] });
  for (const path of ['/no/such/page', '/p/default/no/such/page']) {
    test(`${path} is told as a page`, async ({ page }) => {
      await logIn(page);
      const response = await page.goto(path);
      expect(response.status()).toBe(404);
      expect(response.headers()['content-type']).toContain('text/html');
      await hydrated(page);
      await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
      await expectAccessible(page);
      await page.getByRole('link', { name: 'Go to the start page' }).click();
      await expect(page).toHaveURL(/\/p\/default$/);
    });
  }
});

test('the log-in page is accessible and leads back to where one wanted to go', async ({ page }) => {
  await page.goto('/p/default/executions?status=failure');
  await expect(page).toHaveURL(/\/login\?next=/);
  await expectAccessible(page);
  await page.getByLabel(/e-?mail/i).fill('viewer@example.com');
  await page.getByLabel(/^password/i).fill('a wrong sentence, too');
  await page.getByRole('button', { name: /log in/i }).click();
  await expect(page.getByText(/address or the password is wrong/i)).toBeVisible();
  await expect(page.getByLabel(/e-?mail/i)).toHaveValue('viewer@example.com');
});

test('a slash at the end leads to the page', async ({ page }) => {
  await logIn(page);
  for (const [path, title] of [['', /./], ['/templates', 'Templates'], ['/executions', 'Executions']]) {
    await page.goto(`/p/default${path}/`);
    await expect(page).toHaveURL(new RegExp(`/p/default${path}$`));
    await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  }
});

test.describe('an address that asks for what is not there', () => {
  test.use({ allowed: ['400'] });
  test('is told by its fields', async ({ page }) => {
    await logIn(page);
    await page.goto('/p/default/executions?from=abc&status=fine');
    await expect(page.getByText(/From: .*Status: /)).toBeVisible();
    await page.getByRole('link', { name: 'Show everything' }).click();
    await expect(page.locator('.exec-row').first()).toBeVisible();
  });
});

for (const theme of ['light', 'dark']) {
  test(`the API reference is accessible, ${theme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme });
    await page.goto('/api/docs');
    await expect(page.locator('.opblock').first()).toBeVisible();
    await expectAccessible(page);
    await page.locator('.opblock').first().getByRole('button').first().click();
    await expect(page.locator('.opblock-body').first()).toBeVisible();
    await expectAccessible(page);
  });
}
