// The main job in the browser: set up, create a template with a contract, save two versions, compare them, point
// `production` at the second; a service fetches and renders it with a key; the execution shows in the log.
import { test, expect, expectAccessible, hydrated, messageField, PASSWORD, writeMessage } from './fixtures.mjs';
import { startFresh } from './server.mjs';

let server;

test.beforeAll(async () => {
  server = await startFresh();
});
test.afterAll(() => server?.stop());

test.describe.configure({ mode: 'serial' });

const key = 'order_status_reply';

test('from the set-up link to an execution in the log', async ({ page }) => {
  expect(server.setup, 'a fresh server prints a set-up link').toBeTruthy();
  await page.goto(server.setup);
  await expectAccessible(page);
  await page.getByLabel('Your name').fill('Ada Okafor');
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel(/^Password/).fill(PASSWORD);
  await page.getByRole('button', { name: /create|set up/i }).click();
  await expect(page).toHaveURL(/\/p\/default$/);

  await page.getByRole('navigation').getByRole('link', { name: 'Templates' }).first().click();
  await page.getByRole('link', { name: 'New template' }).click();
  await expect(page).toHaveURL(/\/templates\/new$/);
  await hydrated(page);
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.getByLabel('Display name').fill('Order status reply');
  await page.getByLabel('Kind').fill('single_shot');
  await writeMessage(page, 1, 'You answer for {{ company }}. Be brief.');
  const parameter = page.getByRole('group', { name: 'Parameter 1' });
  if (!(await parameter.isVisible())) await page.getByRole('button', { name: 'Add parameter' }).click();
  await parameter.getByLabel('Name').fill('company');
  await parameter.getByLabel('Required').check();
  await page.getByLabel('What changed').fill('First words');
  await page.getByRole('button', { name: /^(Create|Save)/ }).last().click();
  await expect(page).toHaveURL(new RegExp(`/templates/${key}`));
  await expect(page.getByText('First words').filter({ visible: true }).first()).toBeVisible();

  await page.getByRole('link', { name: 'Edit' }).first().click();
  await expect(page).toHaveURL(/\/edit$/);
  await hydrated(page);
  await expect(messageField(page, 1)).toHaveValue('You answer for {{ company }}. Be brief.');
  await writeMessage(page, 1, 'You answer for {{ compny }}. Be brief and kind.');
  await page.getByRole('button', { name: 'Save version' }).click();
  await expect(page.getByText(/did you mean `company`/).first()).toBeVisible();
  await expect(messageField(page, 1)).toHaveValue(/compny/);
  await writeMessage(page, 1, 'You answer for {{ company }}. Be brief and kind.');
  await page.getByLabel('What changed').fill('Kinder');
  await page.getByRole('button', { name: 'Save version' }).click();
  await expect(page).toHaveURL(new RegExp(`/templates/${key}\\?`));
  await expect(page.getByText('Kinder').filter({ visible: true }).first()).toBeVisible();

  await page.getByRole('link', { name: 'Compare', exact: true }).click();
  await expect(page).toHaveURL(/\/diff\?from=1&to=2$/);
  await expect(page.locator('.diff-word', { hasText: 'and kind' }).filter({ visible: true }).first()).toBeVisible();
  await expectAccessible(page);

  await page.goto(`${server.url}/p/default/templates/${key}`);
  await hydrated(page);
  await page.locator('summary', { hasText: /^(Publish|Move) production$/ }).click();
  await page.getByLabel('Version for production').selectOption('2');
  await page.getByLabel('Reason for moving production').first().fill('Both read it');
  await page.getByRole('button', { name: 'Move production' }).click();
  const production = page.locator('.pipe-stage', { hasText: /production/i }).last();
  await expect(production.getByRole('link', { name: 'v2' })).toBeVisible();

  await page.goto(`${server.url}/p/default/settings/keys`);
  await hydrated(page);
  await page.getByLabel('Name', { exact: true }).fill('Order agent');
  await page.getByLabel('Environment').selectOption('production');
  await page.getByRole('button', { name: /create key|create/i }).first().click();
  const secret = (await page.getByText(/ppy_production_[A-Za-z0-9]{12}_[A-Za-z0-9]{43}/).filter({ visible: true }).first().innerText()).match(/ppy_\w+/)[0];

  const headers = { 'x-api-key': secret, 'content-type': 'application/json' };
  const fetched = await fetch(`${server.url}/api/v1/prompts/${key}`, { headers });
  expect(await fetched.json()).toEqual({ data: { topic_id: key, prompts: { system: 'You answer for {{ company }}. Be brief and kind.' } } });
  const rendered = await fetch(`${server.url}/api/v1/prompts/render`, {
    method: 'POST', headers, body: JSON.stringify({ template_name: key, variables: { company: 'Northwind' }, agent: 'order-agent' }),
  });
  const reply = await rendered.json();
  expect(reply.rendered_prompt).toBe('You answer for Northwind. Be brief and kind.');

  await page.goto(`${server.url}/p/default/executions`);
  await hydrated(page);
  await page.locator(`a[href*="${reply.execution_id}"]`).first().click();
  await expect(page.getByText('You answer for Northwind. Be brief and kind.').first()).toBeVisible();
  await expectAccessible(page);
});

test.describe('after it was used', () => {
  test.use({ allowed: ['404'] });
  test('the set-up link opens nothing', async ({ page }) => {
    await page.goto(server.setup);
    await expect(page.getByText(/was used or has expired/).first()).toBeVisible();
  });
});
