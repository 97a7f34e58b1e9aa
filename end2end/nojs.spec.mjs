// Without JavaScript: set up, log in, create, save, and nothing typed is lost.
import { test, expect, fillLogIn, logIn, PASSWORD } from './fixtures.mjs';
import { newTemplate, rest, unique } from './rest.mjs';
import { startFresh } from './server.mjs';

// Chromium complains of the preloads of scripts that it was told not to run.
test.use({ allowed: ['promptory.js', 'promptory_bg.wasm'] });

test('log in, create a template, save a version', async ({ page }) => {
  const key = unique('plain_form');
  await page.goto('/p/default/templates/new');
  await page.getByLabel('E-mail').fill('prompt_engineer@example.com');
  await page.getByLabel(/^Password/).fill(PASSWORD);
  await page.getByRole('button', { name: /log in/i }).click();
  await expect(page).toHaveURL(/\/templates\/new$/);

  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.getByLabel('Display name').fill('Plain form');
  await page.getByLabel('Kind').fill('single_shot');
  await page.getByRole('textbox', { name: 'Message 1', exact: true }).fill('Hello {{ name }}</textarea><script>document.title="broken"</script>');
  await page.getByRole('button', { name: /^(Create|Save)/ }).last().click();
  // `name` is not declared: the error is told, and what was typed is still there.
  await expect(page.getByText(/not a declared parameter/).first()).toBeVisible();
  await expect(page.getByLabel('Key', { exact: true })).toHaveValue(key);
  await expect(page.getByRole('textbox', { name: 'Message 1', exact: true })).toHaveValue(/^Hello \{\{ name \}\}<\/textarea><script>/);
  const parameter = page.getByRole('group', { name: 'Parameter 1' });
  await parameter.getByLabel('Name').fill('name');
  await page.getByRole('button', { name: /^(Create|Save)/ }).last().click();
  await expect(page).toHaveURL(new RegExp(`/templates/${key}`));

  await page.getByRole('link', { name: 'Edit' }).first().click();
  await expect(page.getByRole('textbox', { name: 'Message 1', exact: true })).toHaveValue(/^Hello/);
  await page.getByRole('textbox', { name: 'Message 1', exact: true }).fill('Good morning {{ name }}');
  await page.getByLabel('What changed').fill('Greet');
  await page.getByRole('button', { name: 'Save version' }).click();
  await expect(page).toHaveURL(new RegExp(`/templates/${key}\\?`));
  await expect(page.getByText('Greet').filter({ visible: true }).first()).toBeVisible();

  await page.goto(`/p/default/templates?search=${key}`);
  await expect(page.getByRole('link', { name: /Plain form/ }).first()).toBeVisible();
});

test('a refusal of a form that keeps nothing is told', async ({ page }) => {
  const call = await rest();
  await call('POST', '/admin/keys', { name: unique('to end'), environment: 'development', scopes: ['prompts:read'] });
  await logIn(page);
  await page.goto('/p/default/settings/keys');
  await page.locator('form[action*="revoke_key"]').first().evaluate((form) => {
    form.elements.id.value = 'of no key';
    form.submit();
  });
  await expect(page.getByText('There is no such API key in this project')).toBeVisible();
});

test('the set-up link makes the first account', async ({ page }) => {
  const server = await startFresh();
  try {
    await page.goto(server.setup);
    await page.getByLabel('Your name').fill('Ada Okafor');
    await page.getByLabel('E-mail').fill('no address@example.com');
    await page.getByLabel(/^Password/).fill(PASSWORD);
    // The server says it where the browser lets it pass.
    await page.locator('form').evaluate((form) => (form.noValidate = true));
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(page.getByLabel('Your name')).toHaveValue('Ada Okafor');
    await expect(page.getByLabel('E-mail')).toHaveValue('no address@example.com');
    await page.getByLabel('E-mail').fill('ada@example.com');
    await page.getByLabel(/^Password/).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page).toHaveURL(/\/p\/default$/);
    await page.getByRole('link', { name: 'People' }).click();
    await expect(page.getByRole('row', { name: /ada@example\.com/ })).toContainText('Super admin');
  } finally {
    server.stop();
  }
});

test('a wrong detail is told, and what was typed is still there', async ({ page }) => {
  const { key } = await newTemplate('plain_details');
  await logIn(page, 'prompt_engineer');
  await page.goto(`/p/default/templates/${key}?tab=fields`);
  await page.getByLabel('Display name').fill('Plain & <simple>');
  await page.getByLabel('Description').fill('Two\nlines </textarea>');
  await page.getByLabel('Folder').fill('a//b');
  await page.getByRole('button', { name: 'Save details' }).click();
  await expect(page).toHaveURL(/\?tab=fields/);
  await expect(page.getByRole('alert').filter({ hasText: 'One field needs a change' })).toContainText('folder: use a path');
  await expect(page.getByLabel('Folder')).toHaveValue('a//b');
  await expect(page.getByLabel('Display name')).toHaveValue('Plain & <simple>');
  await expect(page.getByLabel('Description')).toHaveValue('Two\nlines </textarea>');
  await expect(page.getByText('Saved.')).toHaveCount(0);

  await page.getByLabel('Folder').fill('a/b');
  await page.getByRole('button', { name: 'Save details' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Plain & <simple>/);
  await expect(page.getByLabel('Folder')).toHaveValue('a/b');
});

test('a label that somebody else moved meanwhile is told on the page', async ({ page }) => {
  const { key, call } = await newTemplate('plain_stale');
  await logIn(page, 'prompt_engineer');
  await page.goto(`/p/default/templates/${key}`);
  const stage = page.locator('.pipe-stage', { hasText: 'staging' });
  const move = async () => {
    await stage.locator('summary', { hasText: 'Publish' }).click();
    await page.getByRole('button', { name: 'Move staging' }).click();
  };
  await call('PUT', '/admin/labels', { template: key, label: 'development', version: 1 });
  await move();
  await expect(page).toHaveURL(new RegExp(`/templates/${key}`));
  await expect(page.getByRole('alert').filter({ hasText: /changed/ })).toBeVisible();
  await expect(stage).toContainText('serves nothing');
  await move();
  await expect(stage.getByRole('link', { name: 'v1' })).toBeVisible();
  await expect(page.getByRole('alert').filter({ hasText: /changed/ })).toHaveCount(0);
});

test('a preview shows what is typed, rendered, and keeps it', async ({ page }) => {
  const { key } = await newTemplate('plain_preview', { template_text: 'Hello {{ name }}.', variables: ['name'] });
  await logIn(page, 'prompt_engineer');
  await page.goto(`/p/default/templates/${key}/edit`);
  const message = page.getByRole('textbox', { name: 'Message 1', exact: true });
  const value = page.getByLabel('name', { exact: true });
  await message.fill('Dear {{ name }}, welcome.');
  await value.fill('<b>Ada</b>');
  await page.getByRole('complementary', { name: 'Preview' }).getByRole('button', { name: 'Preview' }).click();
  await expect(page).toHaveURL(new RegExp(`/templates/${key}/edit$`));
  await expect(page.getByRole('region', { name: 'Rendered messages' })).toContainText('Dear <b>Ada</b>, welcome.');
  await expect(message).toHaveValue('Dear {{ name }}, welcome.');
  await expect(value).toHaveValue('<b>Ada</b>');
});

test('what a version holds and how it is called stand in the page', async ({ page, baseURL }) => {
  const { key, call } = await newTemplate('plain_tabs', { template_text: 'Hello {{ name }}.', variables: ['name'], config: { model: 'gpt-4.1' } });
  await call('PUT', `/admin/prompts/templates/${key}`, { template_text: 'Good morning, {{ name }}.' });
  await logIn(page, 'viewer');
  await page.goto(`/p/default/templates/${key}?tab=content`);
  const message = page.getByRole('article', { name: 'user message' });
  await expect(message).toContainText('Good morning, {{ name }}.');
  await expect(page.getByRole('region', { name: 'Contract' })).toContainText('required');
  await expect(page.getByRole('region', { name: 'Model settings' })).toContainText('gpt-4.1');
  await page.getByRole('link', { name: 'Older version' }).click();
  await expect(message).toContainText('Hello {{ name }}.');

  await page.getByRole('link', { name: 'Use it', exact: true }).click();
  await expect(page).toHaveURL(/\?tab=use$/);
  const snippet = page.getByRole('region', { name: 'snippet', exact: true });
  await expect(snippet).toContainText(`curl ${baseURL}/api/v1/prompts/render`);
  await expect(snippet).toContainText(`"template_name": "${key}"`);
  await page.getByRole('link', { name: 'Python' }).click();
  await expect(page).toHaveURL(/\?tab=use&lang=python$/);
  await expect(snippet).toContainText('requests.post(');
  // Nothing would answer it.
  await expect(page.getByRole('button', { name: 'Copy snippet' })).toHaveCount(0);
});

test('the own password is changed with the old one', async ({ page }) => {
  const [email, changed] = [`${unique('mary')}@example.com`, 'another long sentence'];
  await (await rest())('POST', '/admin/users', { email, name: 'Mary Jackson', role: 'viewer', password: PASSWORD });
  await page.goto('/login?next=/p/default/settings/sessions');
  await fillLogIn(page, email);
  const change = async (current) => {
    await page.getByLabel('Current password').fill(current);
    await page.getByLabel('New password').fill(changed);
    await page.getByRole('button', { name: 'Change password' }).click();
  };
  await change('not my sentence at all');
  await expect(page).toHaveURL(/\/settings\/sessions/);
  await expect(page.getByRole('alert').filter({ hasText: 'is not your password' })).toBeVisible();
  expect(page.url()).not.toContain('sentence');
  await change(PASSWORD);
  await expect(page.getByText('Your password is changed; your other sessions are over.')).toBeVisible();
  await expect(page.getByRole('alert').filter({ hasText: 'is not your password' })).toHaveCount(0);

  await page.getByRole('button', { name: /account and settings/ }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL(/\/login$/);
  await fillLogIn(page, email, changed);
  await expect(page).toHaveURL(/\/p\/default$/);
});
