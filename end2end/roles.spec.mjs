// Each role: the pages of its navigation, and the controls that it has or has not.
import { test, expect, hydrated, logIn } from './fixtures.mjs';

const EVERYBODY = ['Home', 'Templates', 'Sessions'];
const SEES = {
  viewer: [...EVERYBODY],
  analyst: [...EVERYBODY, 'Executions'],
  prompt_engineer: [...EVERYBODY, 'Executions'],
  content_manager: [...EVERYBODY, 'Executions', 'Audit'],
  super_admin: [...EVERYBODY, 'Executions', 'Audit', 'People', 'API keys'],
};
const WRITERS = ['prompt_engineer', 'content_manager', 'super_admin'];
const PUBLISHERS = ['content_manager', 'super_admin'];

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
        await expect(page.locator('h1')).toBeVisible();
        await expect(page.getByText(/not allowed|went wrong/i)).toHaveCount(0);
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
    await page.goto('/p/default/templates/core_values');
    await hydrated(page);
    await expect(page.getByRole('link', { name: 'v1' }).first()).toBeVisible();
    await expect(page.getByRole('link', { name: 'Edit', exact: true })).toHaveCount(writes ? 1 : 0);
    await expect(page.getByRole('button', { name: 'Archive' })).toHaveCount(writes ? 1 : 0);
    await expect(page.getByText('Add a label')).toHaveCount(writes ? 1 : 0);
    const movers = page.locator('summary', { hasText: /^Move (development|staging|production)$/ });
    await expect(movers).toHaveCount(writes ? (publishes ? 3 : 2) : 0);
    await expect(movers.filter({ hasText: 'production' })).toHaveCount(publishes ? 1 : 0);
    await page.goto('/p/default/templates/core_values?tab=fields');
    await hydrated(page);
    await expect(page.getByLabel('Display name')).toBeEnabled({ enabled: writes });
    await expect(page.getByRole('button', { name: 'Save details' })).toHaveCount(writes ? 1 : 0);
    await page.goto('/p/default/templates/core_values/edit');
    await hydrated(page);
    await expect(page.getByRole('textbox', { name: 'Message 1', exact: true })).toBeVisible();
    await expect(page.getByText(/your role doesn't allow to save/)).toHaveCount(writes ? 0 : 1);
    await expect(page.getByRole('button', { name: 'Save version' })).toHaveCount(writes ? 1 : 0);
    // `c` creates a template, for who may.
    await page.locator('h1').click();
    await page.keyboard.press('c');
    if (writes) await expect(page).toHaveURL(/\/templates\/new$/);
    else await expect(page).toHaveURL(/\/core_values\/edit$/);
  });
}

test.describe('pages of other roles', () => {
  test.use({ allowed: ['403'] });
  const CLOSED = { viewer: ['/executions', '/audit', '/settings/users', '/settings/keys'], analyst: ['/audit'], content_manager: ['/settings/users'] };
  for (const [role, paths] of Object.entries(CLOSED)) {
    test(`${role} is told so`, async ({ page }) => {
      await logIn(page, role);
      for (const path of paths) {
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
