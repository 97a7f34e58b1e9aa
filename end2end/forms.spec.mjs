// Forms with JavaScript: what was wrong is told beside the field, and nothing typed is lost.
import { expect, expectAccessible, fillLogIn, hydrated, logIn, PASSWORD, test, writeMessage } from './fixtures.mjs';
import { newTemplate, rest, unique } from './rest.mjs';

test('a declared parameter that nothing uses is named after the save', async ({ page }) => {
  const { key } = await newTemplate('unused', { template_text: 'Hello {{ name }}.', variables: ['name'] });
  await logIn(page, 'prompt_engineer');
  await page.goto(`/p/default/templates/${key}/edit`);
  await hydrated(page);
  await page.getByRole('button', { name: 'Add parameter' }).click();
  await page.getByRole('group', { name: 'Parameter 2' }).getByLabel('Name').fill('forgotten');
  await page.getByRole('button', { name: 'Save version' }).click();

  const notice = page.getByRole('status').filter({ hasText: 'Version 2 is saved.' });
  await expect(notice).toContainText('It works as it is; the check noticed:');
  await expect(notice.locator('.notice-warning')).toBeVisible();
  await expect(notice.getByRole('listitem')).toHaveText(/forgotten/);
  await expectAccessible(page);
  await page.reload();
  await hydrated(page);
  await expect(notice.getByRole('listitem')).toHaveText(/forgotten/);

  await notice.getByRole('link', { name: 'Edit again' }).click();
  await page.getByRole('button', { name: 'Remove parameter 2' }).click();
  await page.getByRole('button', { name: 'Save version' }).click();
  const next = page.getByRole('status').filter({ hasText: 'Version 3 is saved.' });
  await expect(next.locator('.notice-success')).toBeVisible();
  await expect(next).not.toContainText('noticed');
});

test('a wrong detail keeps what was typed, a right one is saved', async ({ page }) => {
  const { key } = await newTemplate('details');
  await logIn(page, 'prompt_engineer');
  await page.goto(`/p/default/templates/${key}?tab=fields`);
  await hydrated(page);
  await page.getByLabel('Display name').fill('Forms, renamed');
  await page.getByLabel('Description').fill('Typed <with> care & "quotes"');
  await page.getByLabel('Folder').fill('a//b');
  await page.getByRole('button', { name: 'Save details' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'One field needs a change' })).toContainText('folder: use a path');
  await expect(page.locator('.has-error')).toContainText('use a path such as');
  await expect(page.getByLabel('Folder')).toHaveValue('a//b');
  await expect(page.getByLabel('Display name')).toHaveValue('Forms, renamed');
  await expect(page.getByLabel('Description')).toHaveValue('Typed <with> care & "quotes"');
  await expectAccessible(page);

  await page.getByLabel('Folder').fill('a/b');
  await page.getByRole('button', { name: 'Save details' }).click();
  await expect(page.getByRole('status').getByText('Saved.')).toBeVisible();
  await expect(page.locator('.has-error')).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Forms, renamed/);
  await page.reload();
  await hydrated(page);
  await expect(page.getByLabel('Folder')).toHaveValue('a/b');
  await expect(page.getByLabel('Description')).toHaveValue('Typed <with> care & "quotes"');
});

test('a label that somebody else moved meanwhile is told, and what was typed stays', async ({ page }) => {
  const { key, call } = await newTemplate('stale');
  await logIn(page, 'prompt_engineer');
  await page.goto(`/p/default/templates/${key}`);
  await hydrated(page);
  await page.locator('summary', { hasText: 'Publish staging' }).click();
  await page.getByLabel('Reason for moving staging').fill('Typed before');
  await call('PUT', '/admin/labels', { template: key, label: 'development', version: 1 });
  await page.getByRole('button', { name: 'Move staging' }).click();
  await expect(page.getByRole('alert').filter({ hasText: /changed/ })).toBeVisible();
  await expect(page.getByLabel('Reason for moving staging')).toHaveValue('Typed before');
  await expectAccessible(page);
});

test('the own password is changed with the old one, and other sessions end', async ({ page, other }) => {
  const [email, changed] = [`${unique('mary')}@example.com`, 'another long sentence'];
  await (await rest())('POST', '/admin/users', { email, name: 'Mary Jackson', role: 'viewer', password: PASSWORD });
  for (const browser of [page, other]) {
    await browser.goto('/login?next=/p/default/settings/sessions');
    await fillLogIn(browser, email);
    await expect(browser.getByRole('heading', { name: 'Sessions' })).toBeVisible();
    await hydrated(browser);
  }
  const form = page.getByRole('region', { name: 'Change your password' });
  await form.getByLabel('Current password').fill('not my sentence at all');
  await form.getByLabel('New password').fill(changed);
  await form.getByRole('button', { name: 'Change password' }).click();
  await expect(form.getByRole('alert')).toContainText('is not your password');
  await expect(form.getByLabel('Current password')).toHaveAttribute('aria-invalid', 'true');
  await expect(form.getByLabel('New password')).toHaveValue(changed);

  await form.getByLabel('Current password').fill(PASSWORD);
  await form.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('status').getByText('Your password is changed; your other sessions are over.')).toBeVisible();
  await expect(form.getByLabel('New password')).toHaveValue('');
  await expect(form.getByText('is not your password')).toHaveCount(0);
  await expect(page.locator('tbody tr')).toHaveCount(1);
  await other.reload();
  await expect(other).toHaveURL(/\/login\?next=/);
  await fillLogIn(other, email, changed);
  await expect(other.getByRole('heading', { name: 'Sessions' })).toBeVisible();
});

test('what a save found wrong with a field goes when the field is changed, and a new row has the focus', async ({ page }) => {
  await logIn(page, 'prompt_engineer');
  await page.goto('/p/default/templates/new');
  await hydrated(page);
  await page.getByRole('button', { name: 'Create template' }).click();
  const [key, problems] = [page.getByLabel('Key', { exact: true }), page.locator('.live-problems')];
  await expect(problems).toContainText('Key');
  await expect(page.locator('.field.has-error', { has: key })).toBeVisible();
  await key.fill('a_key_of_its_own');
  await expect(page.locator('.field.has-error', { has: key })).toHaveCount(0);
  await expect(problems).not.toContainText('Key');
  await page.getByRole('button', { name: 'Add parameter' }).click();
  await expect(page.locator('input[name="form[parameters][0][name]"]')).toBeFocused();
});

test('what lint would have better is told while typing, and stops no save', async ({ page }) => {
  const { key } = await newTemplate('linted', { template_text: 'Answer in one sentence.' });
  await logIn(page, 'prompt_engineer');
  await page.goto(`/p/default/templates/${key}/edit`);
  await hydrated(page);
  const suggestions = page.locator('.suggestions');
  await expect(page.locator('.all-clear')).toBeVisible();
  await expect(suggestions).toBeHidden();
  await writeMessage(page, 1, 'Answer in one sentence.\nGive some reasons.  ');
  await expect(suggestions.locator('summary')).toHaveText(/2 suggestions\s*lint score 96 of 100/);
  await suggestions.locator('summary').click();
  await suggestions.getByRole('link', { name: /leaves the number open/ }).click();
  await expect(page.getByRole('textbox', { name: 'Message 1', exact: true })).toBeFocused();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save version' }).click();
  await expect(page.getByText(/Version 2 is saved/)).toBeVisible();
});
