// Change requests without JavaScript: proposed, approved and published by plain forms.
import { test, expect, logIn, ownServer } from './fixtures.mjs';
import { rest, unique } from './rest.mjs';

const own = ownServer();
test.use({ allowed: ['promptory.js', 'promptory_bg.wasm'] });

test('a change is proposed, approved and published', async ({ page }) => {
  const [key, call] = [unique('plain'), await rest(own.url)];
  await call('POST', '/admin/prompts/templates', { name: key, display_name: 'Plain', kind: 'single_shot', template_text: 'One.' });
  await call('PUT', '/admin/labels', { template: key, label: 'production', version: 1 });
  await call('PUT', `/admin/prompts/templates/${key}`, { template_text: 'Two.' });
  await logIn(page, 'content_manager');
  await page.goto(`${own.url}/p/default/settings/policies`);
  await page.getByRole('button', { name: 'Protect', exact: true }).click();
  await expect(page.getByText('Saved. It holds from now on.')).toBeVisible();

  await logIn(page, 'prompt_engineer');
  await page.goto(`${own.url}/p/default/templates/${key}`);
  await page.locator('summary', { hasText: 'Propose production' }).click();
  await page.getByRole('button', { name: 'Propose production' }).click();
  await expect(page).toHaveURL(/\/changes\/\d+$/);
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect(page.getByText('You are an author of this change: somebody else has to review it.')).toBeVisible();

  const change = page.url();
  await logIn(page, 'content_manager');
  await page.goto(change);
  await page.getByLabel('Review', { exact: true }).fill('');
  await page.getByRole('button', { name: 'Request changes' }).click();
  await expect(page.getByText('say what you think, or what has to change').first()).toBeVisible();
  await page.getByLabel('Review', { exact: true }).fill('Good.');
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect(page.getByText('1 of 1 approval given.')).toBeVisible();
  await page.getByRole('button', { name: 'Publish now' }).click();
  await expect(page.getByText('Published.', { exact: true })).toBeVisible();
});
