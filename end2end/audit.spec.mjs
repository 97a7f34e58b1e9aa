// The audit log: who did what and what it was before, narrowed by filters, and whether the chain is whole.
import { test, expect, hydrated, logIn, PASSWORD } from './fixtures.mjs';
import { newTemplate, rest, unique } from './rest.mjs';

// Makes a template and moves its label, as somebody who does nothing else: the log can be narrowed to them.
async function moved() {
  const name = unique('mover');
  const email = `${name}@example.com`;
  await (await rest())('POST', '/admin/users', { email, name: 'Grace Hopper', role: 'content_manager', password: PASSWORD });
  const { key, call } = await newTemplate('audited', {}, await rest(undefined, name));
  await call('PUT', '/admin/labels', { template: key, label: 'staging', version: 1, reason: 'Both read it' });
  return { key, actor: `user:${email}` };
}

async function open(page, query = '') {
  await logIn(page);
  await page.goto(`/p/default/audit${query}`);
  await hydrated(page);
}

const events = (page) => page.getByRole('main').getByRole('listitem');
const actions = (page) => page.locator('.event-action');

test('a label that was moved is a row with who did it, and what it was before', async ({ page }) => {
  const { key, actor } = await moved();
  await open(page, `?object=label:${key}`);
  const event = events(page);
  await expect(event).toHaveCount(1);
  for (const text of ['label.move', `label:${key}@staging`, actor]) await expect(event).toContainText(text);
  await event.locator('summary').click();
  await expect(event.getByRole('figure', { name: 'Before' })).toContainText('"version": 0');
  const after = event.getByRole('figure', { name: 'After' });
  await expect(after).toContainText('"version": 1');
  await expect(after).toContainText('"reason": "Both read it"');
  await event.getByRole('link', { name: 'Open its moves' }).click();
  await expect(page).toHaveURL(new RegExp(`/templates/${key}\\?tab=timeline&label=staging$`));
});

test('a filter on the action narrows the log, and is in the URL', async ({ page }) => {
  const { actor } = await moved();
  const all = ['label.move', 'version.create', 'template.create'];
  await open(page, `?actor=${actor}`);
  await expect(actions(page)).toHaveText(all);
  const filter = page.getByLabel('Action', { exact: true });
  await filter.fill('label.move');
  await filter.press('Enter');
  await expect(page).toHaveURL(/[?&]action=label\.move$/);
  await expect(actions(page)).toHaveText(['label.move']);
  await page.reload();
  await hydrated(page);
  await expect(filter).toHaveValue('label.move');
  await expect(actions(page)).toHaveText(['label.move']);
  await page.getByRole('link', { name: 'Remove the filter Action: label.move' }).click();
  await expect(page).not.toHaveURL(/action=/);
  await expect(actions(page)).toHaveText(all);
});

test('the page says that the chain is whole', async ({ page }) => {
  await open(page);
  await expect(page.getByText(/^Verified [1-9]\d* events: the chain is whole\.$/)).toBeVisible();
});
