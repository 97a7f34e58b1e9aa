// People, keys, sessions and the theme: who is added may come in, who is disabled may not; a key's secret is shown once.
import { test, expect, expectAccessible, fillLogIn, hydrated, logIn, ownServer, PASSWORD } from './fixtures.mjs';
import { rest, unique } from './rest.mjs';

const own = ownServer();

test('a person is added, gets another role, and loses access', async ({ page, other }) => {
  const email = `${unique('grace')}@example.com`;
  await logIn(page);
  await page.goto('/p/default/settings/users');
  await hydrated(page);
  const form = page.getByRole('region', { name: 'Add a person' });
  await form.getByLabel('E-mail').fill(email);
  await form.getByLabel('Name', { exact: true }).fill('Grace Hopper');
  await form.getByLabel('Role').selectOption('analyst');
  await form.getByLabel('First password').fill('short');
  await form.getByRole('button', { name: 'Add person' }).click();
  await expect(form.getByRole('alert')).toContainText('One field needs a change');
  await expect(form.getByLabel('First password')).toHaveAttribute('aria-invalid', 'true');
  await expect(form.getByLabel('E-mail')).toHaveValue(email);
  await expect(form.getByLabel('Role')).toHaveValue('analyst');
  await form.getByLabel('First password').fill(PASSWORD);
  await form.getByRole('button', { name: 'Add person' }).click();

  await expect(page.getByRole('status').getByText(/^Added\./)).toBeVisible();
  await expect(form.getByLabel('E-mail')).toHaveValue('');
  const row = page.getByRole('row', { name: new RegExp(email) });
  await expect(row.getByLabel(/^Role of/)).toHaveValue('analyst');
  await expect(row).toContainText('Active');
  await expectAccessible(page);

  await other.goto('/login');
  await fillLogIn(other, email);
  await expect(other.getByRole('link', { name: 'Executions', exact: true })).toBeVisible();
  await expect(other.getByRole('link', { name: 'New template' })).toHaveCount(0);

  await expect(row.getByRole('button', { name: /^Change/ })).toBeHidden();
  await row.getByLabel(/^Role of/).selectOption('prompt_engineer');
  await row.getByRole('button', { name: /^Change/ }).click();
  await expect(page.getByRole('status').getByText('Changed.')).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(row.getByLabel(/^Role of/)).toHaveValue('prompt_engineer');
  await other.reload();
  await expect(other.getByRole('link', { name: 'New template' })).toBeVisible();

  await row.locator('summary', { hasText: 'Disable' }).click();
  await expect(row.getByText(/their sessions end now/)).toBeVisible();
  await row.getByRole('button', { name: 'Disable', exact: true }).click();
  await expect(page.getByRole('status').getByText(/^Access ended/)).toBeVisible();
  await expect(row).toContainText('Disabled');
  await other.reload();
  await expect(other).toHaveURL(/\/login/);
  await fillLogIn(other, email);
  await expect(other.getByRole('alert')).toBeVisible();
  await row.getByRole('button', { name: /^Enable/ }).click();
  await expect(row).toContainText('Active');
});

test('the last super admin can not lock everybody out', async ({ page }) => {
  await logIn(page);
  await page.goto('/p/default/settings/users');
  await hydrated(page);
  const row = page.getByRole('row', { name: /super_admin@example\.com/ });
  await expect(row).toContainText('You');
  await row.getByLabel(/^Role of/).selectOption('viewer');
  await row.getByRole('button', { name: /^Change/ }).click();
  await expect(page.getByRole('alert').filter({ hasText: /super admin/i })).toBeVisible();
  await page.reload();
  await expect(row.getByLabel(/^Role of/)).toHaveValue('super_admin');
});

test("a key's secret is shown once, works, and stops working when it is revoked", async ({ page, baseURL }) => {
  const name = unique('agent');
  await logIn(page);
  await page.goto('/p/default/settings/keys');
  await hydrated(page);
  const form = page.getByRole('region', { name: 'New key' });
  await form.getByRole('button', { name: 'Create key' }).click();
  await expect(form.getByRole('alert')).toContainText(/name/);
  await form.getByLabel('Name', { exact: true }).fill(name);
  await form.getByLabel('Environment').selectOption('staging');
  await form.getByLabel('Expires').selectOption('30 days');
  await form.getByRole('button', { name: 'Create key' }).click();

  const card = page.getByRole('region', { name: `${name} is ready` });
  const secret = await card.locator('code').innerText();
  expect(secret).toMatch(/^ppy_staging_[A-Za-z0-9]{12}_[A-Za-z0-9]{43}$/);
  const row = page.getByRole('row', { name: new RegExp(name) });
  await expect(row).toContainText('Active');
  await expect(row).toContainText('prompts:read');
  await expectAccessible(page);
  const fetched = () => fetch(`${baseURL}/api/v1/prompts/core_values`, { headers: { 'x-api-key': secret } });
  expect((await fetched()).status).toBe(200);

  await page.reload();
  await hydrated(page);
  await expect(row).toBeVisible();
  await expect(page.getByText(secret)).toHaveCount(0);
  expect(await page.content()).not.toContain(secret);

  await row.locator('summary', { hasText: 'Revoke' }).click();
  await row.getByRole('button', { name: 'Revoke key' }).click();
  await expect(page.getByRole('status').getByText(/^Revoked\./)).toBeVisible();
  await expect(row).toContainText('Revoked');
  await expect(row.locator('summary')).toHaveCount(0);
  expect((await fetched()).status).toBe(401);
});

test('a key that was used says when', async ({ page, baseURL }) => {
  const name = unique('used');
  const { secret } = await (await rest(own.url))('POST', '/admin/keys', { name, environment: 'production', scopes: ['prompts:read'] });
  await logIn(page);
  await page.goto('/p/default/settings/keys');
  const used = page.getByRole('row', { name: new RegExp(name) }).locator('[data-label="Last used"]');
  await expect(used).toHaveText('Never');
  expect((await fetch(`${baseURL}/api/v1/prompts/core_values`, { headers: { 'x-api-key': secret } })).status).toBe(200);
  // It is written beside the request.
  await expect(async () => {
    await page.reload();
    await expect(used).toHaveText(/^\d{4}-\d\d-\d\d \d\d:\d\d$/, { timeout: 1000 });
  }).toPass();
});

test.describe('a session that is over', () => {
  // The browser's own words on what a logged-out page asks for.
  test.use({ allowed: ['401'] });

  test('was ended from another one, which goes on, and leads to the log-in', async ({ page, other }) => {
    await logIn(page, 'analyst');
    await logIn(other, 'analyst');
    await other.goto('/p/default/executions');
    await hydrated(other);
    await page.goto('/p/default/settings/sessions');
    await hydrated(page);
    const rows = page.locator('tbody tr');
    await expect(rows).toHaveCount(2);
    await expect(rows.filter({ hasText: 'This one' }).getByRole('button')).toHaveCount(0);
    await rows.getByRole('button', { name: 'End the session of Chrome on Linux' }).click();
    await expect(page.getByText('That session is over.')).toBeVisible();
    await expect(rows).toHaveCount(1);
    await expect(rows).toContainText('This one');

    await other.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Templates' }).click();
    await expect(other.getByRole('heading', { name: 'Logged out' })).toBeVisible();
    await other.getByRole('main').getByRole('link', { name: 'Log in' }).click();
    await expect(other.getByRole('button', { name: 'Log in' })).toBeVisible();
    await other.goto('/p/default/executions');
    await expect(other).toHaveURL(/\/login\?next=/);
    await page.reload();
    await expect(rows).toHaveCount(1);
  });

  test('leads back to the filters that were chosen after it', async ({ page }) => {
    await logIn(page, 'viewer');
    await page.goto('/p/default/templates');
    await hydrated(page);
    await page.context().clearCookies();
    await page.getByLabel('Sort').selectOption('Sort: name');
    await page.getByRole('main').getByRole('link', { name: 'Log in' }).click();
    await fillLogIn(page, 'viewer@example.com');
    await expect(page).toHaveURL(/\/p\/default\/templates\?sort=name$/);
    await expect(page.getByLabel('Sort')).toHaveValue('name');
  });
});

test('the chosen theme stays over a reload, and is there from the start', async ({ page }) => {
  // What the document says when its body begins: long before the wasm.
  await page.addInitScript(() => {
    const look = () => document.body && (window.themeAtFirst ??= document.documentElement.dataset.theme ?? 'none');
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
  });
  const atFirst = () => page.evaluate(() => window.themeAtFirst);
  const choose = async (name) => {
    await page.getByRole('button', { name: /account and settings/ }).click();
    await page.getByRole('button', { name, exact: true }).click();
  };
  const reload = async () => {
    await page.reload();
    await hydrated(page);
  };
  await logIn(page);
  await page.goto('/p/default');
  await hydrated(page);
  expect(await atFirst()).toBe('none');
  for (const [name, theme] of [['Dark', 'promptory-dark'], ['Light', 'promptory']]) {
    await choose(name);
    await reload();
    expect(await atFirst()).toBe(theme);
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    await page.getByRole('button', { name: /account and settings/ }).click();
    await expect(page.getByRole('button', { name, exact: true })).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.press('Escape');
  }
  await choose('System');
  await reload();
  expect(await atFirst()).toBe('none');
});
