// Each role: the pages of its navigation, and the controls that it has or has not.
import { test, expect, hydrated, logIn } from './fixtures.mjs';
import { newTemplate } from './rest.mjs';

const PAGES = {
  Home: '', Templates: '/templates', Changes: '/changes', Executions: '/executions', Audit: '/audit',
  People: '/settings/users', 'API keys': '/settings/keys', 'Label policies': '/settings/policies', 'Lint rules': '/settings/lint', 'Import and export': '/settings/files', Sessions: '/settings/sessions',
};
const EVERYBODY = ['Home', 'Templates', 'Changes', 'Label policies', 'Lint rules', 'Import and export', 'Sessions'];
const SEES = {
  viewer: [...EVERYBODY],
  analyst: [...EVERYBODY, 'Executions'],
  prompt_engineer: [...EVERYBODY, 'Executions'],
  content_manager: [...EVERYBODY, 'Executions', 'Audit'],
  super_admin: [...EVERYBODY, 'Executions', 'Audit', 'People', 'API keys'],
};
const WRITERS = ['prompt_engineer', 'content_manager', 'super_admin'];
const PUBLISHERS = ['content_manager', 'super_admin'];
const REFUSED = /^(Not allowed|Not found|Logged out|No answer|Something went wrong)$/;

let key;

test.beforeAll(async () => {
  const made = await newTemplate('roles');
  key = made.key;
  for (const label of ['development', 'production']) await made.call('PUT', '/admin/labels', { template: key, label, version: 1 });
  await made.call('PUT', `/admin/prompts/templates/${key}`, { template_text: 'Good morning.' });
});

for (const [role, names] of Object.entries(SEES)) {
  test(`${role} sees the pages of the role, and they open`, async ({ page }) => {
    await logIn(page, role);
    await page.goto('/p/default');
    await hydrated(page);
    const entries = page.getByRole('navigation', { name: 'Main' }).getByRole('link');
    expect((await entries.allInnerTexts()).sort()).toEqual([...names].sort());
    for (const name of names) {
      // Once by a click, without a load of the document, and once as it comes from the server.
      await entries.getByText(name, { exact: true }).click();
      await expect(page.locator('[aria-current="page"]').filter({ hasText: name }).first()).toBeVisible();
      for (const load of [() => {}, () => page.reload()]) {
        await load();
        await hydrated(page);
        await expect(page.getByRole('heading', { level: 1, name: name === 'Home' ? 'Default' : name })).toBeVisible();
        await expect(page.locator('main [aria-busy]')).toHaveCount(0);
        await expect(page.getByRole('heading', { name: REFUSED })).toHaveCount(0);
      }
    }
  });

  test(`${role} has the controls of the role`, async ({ page }) => {
    const [writes, publishes] = [WRITERS.includes(role), PUBLISHERS.includes(role)];
    await logIn(page, role);
    for (const path of ['', '/templates']) {
      await page.goto(`/p/default${path}`);
      await hydrated(page);
      await expect(page.locator('h1')).toBeVisible();
      await expect(page.getByRole('link', { name: 'New template' })).toHaveCount(writes ? 1 : 0);
    }
    await page.goto(`/p/default/templates/${key}`);
    await hydrated(page);
    await expect(page.getByRole('link', { name: 'Compare', exact: true })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Edit', exact: true })).toHaveCount(writes ? 1 : 0);
    await expect(page.getByRole('button', { name: 'Archive' })).toHaveCount(writes ? 1 : 0);
    await expect(page.getByText('Add a label')).toHaveCount(writes ? 1 : 0);
    const movable = [...(writes ? ['Move development', 'Publish staging'] : []), ...(publishes ? ['Move production'] : [])];
    await expect(page.locator('.pipe-stage > details > summary')).toHaveText(movable);
    await expect(page.getByRole('button', { name: 'Point here (v2)' })).toHaveCount(writes ? 1 : 0);
    await expect(page.getByText('Point production here')).toHaveCount(publishes ? 1 : 0);
    await page.goto(`/p/default/templates/${key}?tab=fields`);
    await hydrated(page);
    await expect(page.getByLabel('Display name')).toBeEnabled({ enabled: writes });
    await expect(page.getByRole('button', { name: 'Save details' })).toHaveCount(writes ? 1 : 0);
    await page.goto(`/p/default/templates/${key}/edit`);
    await hydrated(page);
    await expect(page.getByRole('textbox', { name: 'Message 1', exact: true })).toBeVisible();
    await expect(page.getByText(/your role doesn't allow to save/)).toHaveCount(writes ? 0 : 1);
    await expect(page.getByRole('button', { name: 'Save version' })).toHaveCount(writes ? 1 : 0);
    // `c` creates a template, for who may.
    await page.locator('h1').click();
    await page.keyboard.press('c');
    if (writes) await expect(page).toHaveURL(/\/templates\/new$/);
    else await expect(page).toHaveURL(/\/edit$/);
  });
}

test.describe('pages of other roles', () => {
  test.use({ allowed: ['403'] });
  for (const role of Object.keys(SEES).filter((role) => role !== 'super_admin')) {
    test(`${role} is told so`, async ({ page }) => {
      await logIn(page, role);
      for (const [name, path] of Object.entries(PAGES)) {
        if (SEES[role].includes(name)) continue;
        const response = await page.goto(`/p/default${path}`);
        expect(response.status(), path).toBe(403);
        await hydrated(page);
        await expect(page.getByRole('heading', { name: 'Not allowed' })).toBeVisible();
        await expect(page.locator('main form button[type=submit]:visible')).toHaveCount(0);
      }
    });
  }

  test('who may not write is told so on the page for a new template', async ({ page }) => {
    await logIn(page, 'viewer');
    await page.goto('/p/default/templates/new');
    await hydrated(page);
    await expect(page.getByRole('button', { name: /^(Create|Save)/ })).toHaveCount(0);
    await expect(page.getByText(/role doesn't allow|not allowed/i).first()).toBeVisible();
  });
});
